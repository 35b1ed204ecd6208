"""A soak: jobs at a steady rate and a fault a minute, for as long as one likes; nothing may grow, and no job be lost.

    python -m tests.storm.soak --minutes 30 --rate 50

One line of JSON at the end; exit code 1 if a figure is not what it must be: those are named in `broken`. Every few
minutes the stream of jobs is let run dry, retention takes what it takes of jobs that are an hour old (they are made to
look so), and what is there is counted: at the same point each time, so that it can be compared.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from qctl.config import load
from qctl.config.options import Request
from qctl.config.pipelines import prepare_workflow
from qctl.config.preparing import Preparing
from qctl.errors import QctlError
from qctl.model.call import PIPELINE, Call, Kind
from qctl.model.names import new_id
from qctl.model.state import Outcome
from qctl.model.submission import Submission
from qctl.model.workflow.expression import parse
from qctl.store import Command, Reading, Store, open_store
from tests.storm.soaking import Footprint, Strokes, footprint_of
from tests.support import Home, PrivateRedis, eventually
from tests.support.invariants import broken_invariants
from tests.support.leaks import names_of
from tests.support.proxy import Proxy
from tests.support.run_record import PYTHON, SHELL, RunRecord

NAMESPACE: Final = "soak"
KEPT: Final = 100  #: ended jobs of each task
HOUR_MS: Final = 3_600_000
TICK: Final = 0.1  #: seconds between two batches
DRY_WITHIN: Final = 120.0  #: seconds until what was submitted has ended, when nothing more comes
MOST_GROWTH_MB: Final = 5.0
#: Of a hundred jobs so many are of each kind; the rest are workflows of two.
SHARES: Final = {"python": 78, "shell": 12, "retrying": 8}

TASKS: Final = f"""
[qctl]
python_path = ["."]
modules = ["jobs"]
retention = {{ age = "30d", runs = {KEPT} }}

[defaults]
backoff = "20ms"
backoff_max = "100ms"
max_crashes = 1000
max_losses = 1000

[tasks.python]
call = "jobs:works"

[tasks.retrying]
call = "jobs:fails_first"
retries = 3

[tasks.shell]
run = '''
{SHELL}
mark start
echo done
mark end
'''
"""

CODE: Final = f"""
{PYTHON}

def works():
    mark("start")
    mark("end")

def fails_first():
    mark("start")
    if current.attempt == 1:
        raise ConnectionError("not yet")
    mark("end")
"""


@dataclass
class Figures:
    """What is told in the end."""

    jobs: int = 0
    lost: list[str] = field(default_factory=list)
    never_run: int = 0
    unwhole: list[str] = field(default_factory=list)
    prints: list[Footprint] = field(default_factory=list)
    keys: list[Counter[str]] = field(default_factory=list)  #: by kind


class Soak:
    """Two workers, of which the first lives from beginning to end, and a stream of jobs."""

    def __init__(self, seed: int, rate: float) -> None:
        self._rate, self._dice = rate, Random(seed)
        self.server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
        self.proxy = Proxy(self.server.socket)
        self.home = Home(self.proxy.url, NAMESPACE)
        self.record = RunRecord(self.home.folder / "record")
        self.home.write("jobs.py", CODE)
        tasks = TASKS.replace("[defaults]", f'[defaults]\nenv = {{ RECORD = "{self.record.path}" }}')
        self._config = load(str(self.home.write("tasks.toml", tasks)))
        self.store: Store = open_store(self.server.url, NAMESPACE, timeout=5.0)
        self.read = Reading(self.store)
        self.strokes = Strokes(self.home, self.server, self.proxy, self._dice)
        self.figures = Figures()
        self._unended: list[str] = []

    def run(self, minutes: float, warm_up: float, fault_every: float, look_every: float) -> None:
        """Let it run; all times in minutes but `fault_every`, in seconds."""
        began = time.monotonic()
        ends, next_look, next_fault = began + 60 * minutes, began + 60 * warm_up, began + fault_every
        while time.monotonic() < ends:
            turn = time.monotonic()
            self._submit(self._some(max(1, round(self._rate * TICK))))
            self.strokes.set_right(turn)
            if turn >= next_fault:
                self.strokes.strike(turn)
                next_fault += fault_every
            if turn >= next_look:
                self.look()
                next_look = time.monotonic() + 60 * look_every
            time.sleep(max(0.0, TICK - (time.monotonic() - turn)))
        if self._unended:
            self.look()

    def look(self) -> None:
        """Let it run dry, and measure what is left."""
        self.strokes.set_right(time.monotonic(), everything=True)
        self._see_all_end()
        self._retain()
        self.figures.unwhole += broken_invariants(self.store)
        self.figures.keys.append(Counter(re.split("[: ]", name)[0] for name in names_of(self.store)))
        self.figures.prints.append(footprint_of(self.strokes.steady.pid))
        said = f"{self.figures.jobs} jobs, {self.figures.prints[-1]}, {self.figures.keys[-1].total()} keys"
        print(said, file=sys.stderr)

    def close(self) -> None:
        """End everything."""
        self.strokes.set_right(time.monotonic(), everything=True)
        self.store.close()
        self.home.remove()
        self.proxy.close()
        self.server.remove()

    def _some(self, count: int) -> list[Submission]:
        kinds = self._dice.choices([*SHARES, ""], [*SHARES.values(), 100 - sum(SHARES.values())], k=count)
        return [self._job(kind) if kind else self._pair() for kind in kinds]

    def _job(self, task: str) -> Submission:
        call = Call(task=task, kind=Kind.RUN if task == "shell" else Kind.CALL)
        return Submission(id=new_id(), task=task, body=call.encode())

    def _pair(self) -> Submission:
        request = Request(task=PIPELINE, tree=parse("python | shell"))
        return prepare_workflow(request, Preparing(self._config, strict=False))

    def _submit(self, batch: Sequence[Submission]) -> None:
        """Send them until it is known that they were taken."""

        def taken() -> bool:
            try:
                self.store.do(self.store.verbs.submit(batch))
            except QctlError:
                return False
            return True

        eventually(taken, within=60.0, every=0.1)
        self.figures.jobs += len(batch)
        self._unended += [one.id for one in batch]

    def _see_all_end(self) -> None:
        """Wait for the end of all that was submitted; what does not come to a good one is lost."""
        deadline = time.monotonic() + DRY_WITHIN
        left, bad = self._unended, list[str]()
        while left and time.monotonic() < deadline:
            jobs = {job.id: job for at in range(0, len(left), 500) for job in self.read.jobs(left[at : at + 500])}
            bad += [f"{id_} {job.outcome}/{job.reason}" for id_, job in jobs.items() if _went_wrong(job.outcome)]
            bad += [f"{id_} is gone" for id_ in left if id_ not in jobs]
            left = [id_ for id_, job in jobs.items() if not job.ended]
            time.sleep(0.2 if left else 0.0)
        self.record.read()
        plain = {id_ for id_ in self._unended if id_ not in left}
        self.figures.lost += bad + [f"{id_} has not ended" for id_ in left]
        self.figures.never_run += len(plain - self.record.starts.keys() - self._workflows(plain))
        self._unended = []

    def _workflows(self, ids: Iterable[str]) -> set[str]:
        """Those that are none of a slot's runs: their jobs are."""
        return {id_ for id_ in ids if f"{id_}.1" in self.record.starts}

    def _retain(self) -> None:
        """Let what has ended have ended long ago, then let retention take it."""
        long_ago = self.read.now_ms() - 2 * HOUR_MS
        for task in self._ask("SMEMBERS", self.store.keys.tasks):
            index = self.store.keys.ended(task.decode())
            for id_ in self._ask("ZRANGE", index, 0, -1):
                self._ask("ZADD", index, "XX", long_ago, id_)
            while self.store.do(self.store.verbs.forget(task.decode(), 30 * 24 * HOUR_MS, KEPT, declared=True))[1]:
                pass
        while self.store.do(self.store.verbs.follow())[1]:
            pass

    def _ask(self, *words: Any) -> Any:
        return self.store.do(Command(words, _same))


def figures_of(soak: Soak) -> dict[str, Any]:
    """All that was measured; `broken` names what is not as it must be."""
    said, prints = soak.figures, soak.figures.prints
    growth = round(prints[-1].memory_mb - prints[0].memory_mb, 2)
    told: dict[str, Any] = {"jobs": said.jobs, "faults": dict(sorted(soak.strokes.struck.items()))}
    told |= {"lost": len(said.lost), "never_run": said.never_run, "broken_invariants": len(said.unwhole)}
    told |= {"parent_mb": [one.memory_mb for one in prints], "parent_growth_mb": growth}
    told |= {"descriptors": [one.descriptors for one in prints], "keys": [one.total() for one in said.keys]}
    told |= {"more_keys": dict(said.keys[-1] - said.keys[0]), "claims_run_twice": len(soak.record.doubled())}
    told |= {"named": (said.lost + said.unwhole)[:20]}
    broken = {name for name in ("lost", "never_run", "broken_invariants", "claims_run_twice") if told[name]}
    broken |= {"parent_growth_mb"} if growth >= MOST_GROWTH_MB else set()
    broken |= {name for name in ("descriptors", "keys") if told[name][-1] > told[name][0]}
    return told | {"broken": sorted(broken)}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.storm.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=50.0, help="jobs a second, 50")
    parser.add_argument("--warm-up", type=float, default=4.0, help="minutes until the first look, 4")
    parser.add_argument("--look-every", type=float, default=5.0, help="minutes between two looks, 5")
    parser.add_argument("--fault-every", type=float, default=60.0, help="seconds between two faults, 60")
    said = parser.parse_args()
    soak = Soak(said.seed, said.rate)
    try:
        soak.run(said.minutes, said.warm_up, said.fault_every, said.look_every)
        told = {"seed": said.seed, "minutes": said.minutes, "rate": said.rate} | figures_of(soak)
    finally:
        soak.close()
    print(json.dumps(told))
    return 1 if told["broken"] else 0


def _went_wrong(outcome: Outcome | None) -> bool:
    return outcome not in (None, Outcome.SUCCEEDED)


def _same(reply: Any) -> Any:
    return reply


if __name__ == "__main__":
    sys.exit(main())
