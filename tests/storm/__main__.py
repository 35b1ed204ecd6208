"""Storms from a seed, and what else is claimed of reliability: all of it measured, and told in one line of JSON.

    python -m tests.storm --seed 1                         everything, at full length
    python -m tests.storm --seed 1 --jobs 2000 --faults 30 one short storm
    python -m tests.storm --seed 1 --minutes 60            one storm after the other, of seeds 1, 2, 3, …
    python -m tests.storm --part cuts --part embedded      parts of it
    python -m tests.storm --seed 1 --without ownership     a storm whose workers and submitters lack a protection
    python -m tests.storm --part cuts --without id         the same of cut replies

Exit code 1 if a figure is not what it must be: those are named in `broken`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.storm.cuts import cut_replies
from tests.storm.embedded import killed_servers
from tests.storm.gil import held_gil
from tests.storm.storm import Scale, one_storm
from tests.support.mutations import PROTECTIONS, take_out

PARTS: Final = ("storm", "cuts", "gil", "embedded")
WITHOUT: Final = ("storm", "cuts")  #: parts of which protections can be taken out
CUTS: Final = 10_000
GIL_MINUTES: Final = 10.0
GIL_LEASE: Final = 2.0  #: seconds
KILLS: Final = 100
#: What of the other parts must not be: more than none of it.
NONE_OF: Final = ("duplicates", "leases_lost", "lost")


def main() -> int:
    said = _read()
    for name in said.without:  # the submitters of a storm run here, and all of what is cut
        take_out(PROTECTIONS[name].parts)
    told: dict[str, Any] = {"seed": said.seed}
    for part in said.part or _usual_parts(said):
        told[part] = list(_storms(said)) if part == "storm" else _other(part, said)
    told["broken"] = sorted(set(_broken(told)))
    print(json.dumps(told))
    return 1 if told["broken"] else 0


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.storm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = Scale()
    parser.add_argument("--seed", type=int, default=1, help="what decides about jobs and faults")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--minutes", type=float, help="how long storms follow each other, and tasks hold the GIL")
    parser.add_argument("--jobs", type=int, default=usual.jobs, help=f"of a storm, {usual.jobs}")
    parser.add_argument("--faults", type=int, default=usual.faults, help=f"of a storm, {usual.faults}")
    parser.add_argument("--workers", type=int, default=usual.workers, help=f"{usual.workers}")
    parser.add_argument("--slots", type=int, default=usual.slots, help=f"of each worker, {usual.slots}")
    parser.add_argument("--lease", type=float, default=usual.lease, help=f"seconds, {usual.lease:g}")
    parser.add_argument("--cuts", type=int, default=CUTS)
    parser.add_argument("--kills", type=int, default=KILLS, help="of the embedded server")
    parser.add_argument("--without", action="append", default=[], choices=[*PROTECTIONS], metavar="PROTECTION")
    said = parser.parse_args()
    if said.without and (others := sorted({*(said.part or ())} - {*WITHOUT})):
        parser.error(f"--without is of {' and '.join(WITHOUT)}, not of {' and '.join(others)}")
    return said


def _usual_parts(said: argparse.Namespace) -> Sequence[str]:
    """All of them, unless something is said that is of storms alone."""
    usual = Scale()
    return ("storm",) if (said.jobs, said.faults) != (usual.jobs, usual.faults) or said.without else PARTS


def _storms(said: argparse.Namespace) -> Iterator[dict[str, Any]]:
    ends = time.monotonic() + 60 * (said.minutes or 0)
    scale = Scale(jobs=said.jobs, faults=said.faults, workers=said.workers, slots=said.slots, lease=said.lease)
    seed = said.seed
    yield one_storm(seed, scale, said.without)
    while time.monotonic() < ends:
        seed += 1
        yield one_storm(seed, scale, said.without)


def _other(part: str, said: argparse.Namespace) -> dict[str, Any]:
    if part == "cuts":
        return cut_replies(said.seed, said.cuts)
    if part == "gil":
        return held_gil(said.seed, said.minutes or GIL_MINUTES, GIL_LEASE)
    return killed_servers(said.seed, said.kills)


def _broken(told: dict[str, Any]) -> Iterator[str]:
    for storm in told.get("storm", ()):
        yield from storm["broken"]
    for part in set(PARTS[1:]) & told.keys():
        yield from (f"{part}: {name}" for name in NONE_OF if told[part].get(name, 0) > 0)


if __name__ == "__main__":
    sys.exit(main())
