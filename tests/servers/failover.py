"""`python -m tests.servers.failover --kind sentinel|cluster --seed N`: jobs run while one primary after another falls.

Two workers, one of which fires a schedule each second, and two who submit job after job, each until it is accepted,
live through: `kill -9` of the primary, SIGSTOP of it until another has its place, a change of roles that was asked
for, and a replica that stood still for four seconds before the primary died. One JSON line tells what came of it; the
exit code is 1 if that is more than the README says may be lost. The seed decides the order of the strikes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, Final

from qctl.errors import QctlError
from qctl.model.call import Call, Kind
from qctl.model.names import new_id
from qctl.model.submission import Submission
from qctl.store import open_store
from tests.integration.worker.workshop import MARK, Workshop
from tests.servers.roles import CUT, LAG, ClusterSetup, SentinelSetup, Setup
from tests.support import eventually

KINDS: Final = {"sentinel": SentinelSetup, "cluster": ClusterSetup}
#: Seconds of accepted submits that may be lost with a primary. Where `min-replicas-to-write` holds and it cannot copy,
#: Redis counts its replicas once a second, and their lag in whole seconds; one that was replaced and lives is left by
#: whoever has a connection to it within a second or two.
WINDOW: Final = LAG + 2.0
_LEASE: Final = 5.0
_BETWEEN: Final = 60  #: jobs that have to be accepted between two strikes
_TIMEOUT: Final = 2.0  #: of a command of those who submit
_HANGS: Final = 5 * _TIMEOUT  #: seconds after which a command has hung
_TASKS: Final = (
    f"[tasks.marked]\nrun = '''{MARK}'''\n"
    f"[tasks.each-second]\nrun = '''{MARK}; echo \"$QCTL_SCHEDULED_FOR $QCTL_JOB_ID\" >> \"$RECORD.fired\"'''\n"
    "schedule = { every = '1s', overlap = 'allow', catchup = 'all' }\n"
)


class Submitter:
    """Somebody who submits one job after the other, each until it is accepted, through whatever happens."""

    def __init__(self, shop: Workshop) -> None:
        self.accepted: list[tuple[str, float]] = []  #: ids, and when the answer came
        self.longest = 0.0  #: seconds that one command took
        self._shop, self._over = shop, Event()
        self._thread = Thread(target=self._submit)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join(30)

    def _submit(self) -> None:
        store = open_store(self._shop.url, self._shop.namespace, timeout=_TIMEOUT)
        body = Call(task="marked", kind=Kind.RUN).encode()
        while not self._over.wait(0.01):
            one, accepted = Submission(id=new_id(), task="marked", body=body), False
            while not accepted and not self._over.is_set():
                began = time.monotonic()
                try:
                    store.do(store.verbs.submit([one]))
                    accepted = True
                    self.accepted.append((one.id, time.monotonic()))
                except QctlError:  # whatever became of it: the same id again answers EXISTS
                    self._over.wait(0.05)
                self.longest = max(self.longest, time.monotonic() - began)
        store.close()


@dataclass
class Report:
    """What came of a storm. Numbers of jobs, and seconds."""

    kind: str
    seed: int
    protected: bool  #: whether `min-replicas-to-write 1` was set
    strikes: list[str] = field(default_factory=list)
    accepted: int = 0
    lost: int = 0  #: accepted, never run, and unknown to the new primary
    forgotten: int = 0  #: accepted and run, and unknown to the new primary
    unknown_by: dict[str, list[float]] = field(default_factory=dict)  #: when both were accepted, by strike
    stuck: int = 0
    run_twice: int = 0
    ended_twice: int = 0
    told_unknown: int = 0  #: ends and runs of jobs that the new primary does not know, told of in a worker's log
    fired: int = 0
    fired_twice: int = 0  #: instants of the schedule for which two jobs have run
    workers_died: int = 0
    longest_command_s: float = 0.0
    longest_gap_s: float = 0.0  #: in which nothing was accepted

    @property
    def spans(self) -> dict[str, float]:
        """By strike, the seconds from the first to the last accepted job that the new primary does not know."""
        return {name: round(max(times) - min(times), 2) for name, times in self.unknown_by.items()}

    def as_item(self) -> dict[str, Any]:
        """The line of JSON."""
        said = {name: value for name, value in vars(self).items() if name != "unknown_by"}
        return {**said, "lost_s": self.spans, "broken": self.broken()}

    def broken(self) -> list[str]:
        """What is more than may be."""
        cut = WINDOW if self.protected else CUT + WINDOW
        seconds = sum(cut if name == "cut" else WINDOW for name in self.strikes)
        limits = {
            "stuck": (self.stuck, 0),
            "ended_twice": (self.ended_twice, 0),
            "workers_died": (self.workers_died, 0),
            "longest_command_s": (self.longest_command_s, _HANGS),
            "fired_twice": (self.fired_twice, seconds),
            **{f"lost_s.{name}": (span, cut if name == "cut" else WINDOW) for name, span in self.spans.items()},
        }
        return [name for name, (found, most) in limits.items() if found > most]


def storm(kind: str, seed: int, *, protected: bool, strikes: Sequence[str] = ()) -> Report:
    """Live through the strikes, or through each there is, in an order that the seed draws."""
    setup: Setup = KINDS[kind](protected=protected)
    named = list(strikes) or random.Random(seed).sample(sorted(setup.strikes), len(setup.strikes))
    report = Report(kind, seed, protected, named)
    with TemporaryDirectory(prefix="qctl-failover-") as folder:
        try:
            setup.start()
            shop = Workshop(Path(folder), setup.url, "qctl")
            try:
                _live_through(shop, setup, report)
            finally:
                shop.close()
        finally:
            setup.remove()
    return report


def _live_through(shop: Workshop, setup: Setup, report: Report) -> None:
    shop.declare(_TASKS)
    workers = [shop.ready_worker(lease=_LEASE, beat=beat) for beat in (True, False)]
    submitters = [Submitter(shop), Submitter(shop)]
    began: list[tuple[float, str]] = []
    try:
        for name in report.strikes:
            _work_goes_on(submitters)
            began.append((time.monotonic(), name))
            setup.strikes[name]()
        _work_goes_on(submitters)
    finally:
        for each in submitters:
            each.end()
    shop.store.close()
    when = dict(pair for each in submitters for pair in each.accepted)
    report.longest_command_s = round(max(each.longest for each in submitters), 2)
    times = sorted(when.values())
    report.longest_gap_s = round(max(b - a for a, b in pairwise(times)), 2)
    report.workers_died = sum(worker.process.poll() is not None or "Traceback" in worker.log for worker in workers)
    _count_jobs(shop, when, began, report)
    _count_runs(shop, report)


def _work_goes_on(submitters: Sequence[Submitter]) -> None:
    """Wait until more jobs have been accepted."""

    def accepted() -> int:
        return sum(len(each.accepted) for each in submitters)

    wanted = accepted() + _BETWEEN
    eventually(lambda: accepted() >= wanted, within=60.0, every=0.05)


def _count_jobs(shop: Workshop, when: dict[str, float], began: list[tuple[float, str]], report: Report) -> None:
    ids = list(when)

    def all_have_ended() -> bool:
        return all(job.ended for job in shop.read.jobs(ids))

    try:
        eventually(all_have_ended, within=60.0, every=0.2)
    except (AssertionError, QctlError):
        report.stuck = sum(not job.ended for job in shop.read.jobs(ids))
    known, runs = {job.id for job in shop.read.jobs(ids)}, shop.runs()
    report.accepted = len(ids)
    unknown = [id_ for id_ in ids if id_ not in known]
    report.lost = sum(not runs[id_] for id_ in unknown)
    report.forgotten = len(unknown) - report.lost
    for id_ in unknown:
        _, name = max(((at, name) for at, name in began if at <= when[id_]), default=(0.0, "none"))
        report.unknown_by.setdefault(name, []).append(when[id_])
    ended = Counter[str]()
    for _, fields in shop.redis("XRANGE", shop.store.keys.events, "-", "+"):
        event = dict(zip(fields[::2], fields[1::2], strict=True))
        if event[b"verb"] in (b"complete", b"bury"):
            ended.update(event[b"ids"].decode().split())
    report.ended_twice = sum(count > 1 for count in ended.values())


def _count_runs(shop: Workshop, report: Report) -> None:
    report.run_twice = sum(count > 1 for count in shop.runs().values())
    records = [record for worker in shop.workers for action in ("lost", "unknown") for record in worker.records(action)]
    report.told_unknown = len({record.get("job") for record in records})
    fired = Path(f"{shop.record}.fired")
    lines = {tuple(line.split()) for line in fired.read_text().splitlines()} if fired.exists() else set()
    instants = Counter(line[0] for line in lines)
    report.fired = len(instants)
    report.fired_twice = sum(count > 1 for count in instants.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.failover", description=__doc__)
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unprotected", action="store_true", help="without min-replicas-to-write 1")
    parser.add_argument("--strike", action="append", default=[], help="this one, in place of each there is; repeatable")
    args = parser.parse_args()
    report = storm(args.kind, args.seed, protected=not args.unprotected, strikes=args.strike)
    print(json.dumps(report.as_item()))
    return 1 if report.broken() else 0


if __name__ == "__main__":
    sys.exit(main())
