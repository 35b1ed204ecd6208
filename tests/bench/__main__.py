"""`python -m tests.bench`: qctl beside its peers, figure by figure, in one run; exit code 1 if a bar is missed.

Peers come from PyPI, npm and Debian, into environments that are kept in the user's cache for the next run. Every sample
has a Redis of its own with `appendfsync everysec`, and each peer the best of several ways to start its worker.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.bench import readme
from tests.bench.chart import chart
from tests.bench.choices import Choices
from tests.bench.environments import CannotBeHadError, alone, cache_folder, debian_program
from tests.bench.figures import US
from tests.bench.findings import Findings, read
from tests.bench.measures import MEASURES
from tests.bench.measures.measure import FULL, QUICK, Field
from tests.bench.peers import PEERS, QUEUES, TASK_SPOOLER, XARGS
from tests.bench.peers.bare_list import BareList
from tests.bench.peers.ourselves import Ourselves
from tests.bench.peers.peer import Peer
from tests.bench.report import BUSY, report, side_by_side
from tests.bench.rounds import take
from tests.bench.stand import Stand

_MEASURES: Final = {each.name: each for each in MEASURES}


def main(words: Sequence[str] | None = None) -> int:
    """Measure, or read what was measured; then tell, draw and write."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # workers and servers end with it
    given = arguments(words)
    runs: list[Findings] = []
    for findings in given.load or whole_runs(given):
        runs.append(findings)
        print(report(findings), flush=True)
    if len(runs) > 1:
        print(f"\n{side_by_side(runs)}")
    drawing = chart(runs[-1])
    if given.chart is not None:
        given.chart.write_text(drawing)
    if given.readme:
        readme.write(runs, drawing)
    if runs[-1].broken_off:
        return 128 + signal.SIGINT
    return 1 if any(verdict.met is False for findings in runs for verdict in findings.verdicts()) else 0


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What was typed. Ends with a message for what it does not know."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peers", type=_names("peer", PEERS), default=PEERS, metavar="A,B", help=f"of {' '.join(PEERS)}"
    )
    parser.add_argument(
        "--measures",
        type=_names("measure", tuple(_MEASURES)),
        default=tuple(_MEASURES),
        metavar="A,B",
        help=f"of {' '.join(_MEASURES)}",
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="samples of everybody, in turn (default: 3)")
    parser.add_argument(
        "--runs", type=int, default=1, metavar="N", help="whole runs, and each bar in each (default: 1)"
    )
    parser.add_argument("--choose", action="store_true", help="try the ways of every peer anew; else once a day")
    parser.add_argument("--quick", action="store_true", help="smaller samples: for a look, not for a claim")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="keep all values there, as soon as a measure is taken; of the second run in FILE-2, …",
    )
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw an SVG there")
    parser.add_argument("--readme", action="store_true", help="write chart and table into the README")
    parser.add_argument(
        "--load", type=_kept, nargs="+", metavar="FILE", help="measure nothing: take what `--json` has kept"
    )
    given = parser.parse_args(words)
    for name in ("rounds", "runs"):
        if (number := getattr(given, name)) < 1:
            parser.error(f"--{name} {number}: at least one")
    for file in filter(None, (given.json, given.chart)):
        if not file.parent.is_dir():  # half an hour later it would be too late
            parser.error(f"{file}: there is no folder {file.parent}")
    return given


def _kept(text: str) -> Findings:
    try:
        return read(Path(text), {name: each().figures for name, each in _MEASURES.items()})
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{error}; `--json {text}` keeps what is measured") from error


def _names(what: str, known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read_names(text: str) -> tuple[str, ...]:
        names = tuple(word.strip() for word in text.split(",") if word.strip())
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"there is no {what} `{name}`: {', '.join(known)}")
        return names

    return read_names


def whole_runs(given: argparse.Namespace) -> Iterator[Findings]:
    """Measure as often as was asked for. Who breaks it off gets what there is."""
    first = Findings(machine(), given.rounds)
    there = gathered(given.peers, first)
    choices = Choices(cache_folder() / "ways.json", first.machine, first.versions, anew=given.choose)
    with alone(tell):
        for number in range(1, given.runs + 1):
            findings = replace(first, load=[], taken={})
            file: Path | None = given.json
            if file is not None and number > 1:
                file = file.with_stem(f"{file.stem}-{number}")
            try:
                measure_all(given, there, findings, choices, file)
            except KeyboardInterrupt:
                findings.broken_off = True
            yield findings
            if findings.broken_off:
                return


def measure_all(
    given: argparse.Namespace, there: Field, findings: Findings, choices: Choices, file: Path | None
) -> None:
    """Take every measure that was asked for."""
    for name in given.measures:
        findings.load.append(wanting())
        choices.is_calm = findings.load[-1] < BUSY
        effort = QUICK if given.quick else FULL
        findings.taken[name] = take(_MEASURES[name](), there, given.rounds, effort, tell, choices)
        if file is not None:  # what follows may be broken off
            findings.write(file)


def gathered(names: Sequence[str], findings: Findings) -> Field:
    """Everybody who is to be measured, with an environment; who cannot be had is written down as absent."""
    us = Ourselves()
    findings.versions[US] = us.make()
    bare = BareList()
    bare.make()
    queues: dict[str, Peer] = {}
    programs: dict[str, str] = {}
    for peer in (each() for each in QUEUES if each.name in names):
        tell(f"environment of {peer.name}")
        try:
            findings.versions[peer.name] = peer.make()
            queues[peer.name] = peer
        except CannotBeHadError as error:
            findings.absent[peer.name] = str(error)
    if XARGS in names and (found := shutil.which("xargs")):
        programs[XARGS] = found
    if TASK_SPOOLER in names:
        try:
            programs[TASK_SPOOLER] = os.fspath(debian_program("tsp", "task-spooler"))
        except CannotBeHadError as error:
            findings.absent[TASK_SPOOLER] = str(error)
    return Field(Stand(), us, queues, programs, bare)


def wanting() -> float:
    """How many processes of others want a core: the mean of half a second in which this one does nothing."""
    looks = 25
    seen = []
    for _ in range(looks):
        time.sleep(0.02)
        seen.append(int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0]) - 1)
    return sum(seen) / looks


def machine() -> str:
    """What this runs on, in words."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    kernel = platform.release().partition("-")[0]
    return f"{os.cpu_count()} cores of {model}, Linux {kernel}, Python {platform.python_version()}"


def tell(text: str) -> None:
    """Say what goes on, on stderr; in a terminal in one line."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{text[:width]}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except CannotBeHadError as error:
        sys.exit(f"qctl itself cannot be installed for this: {error}")
