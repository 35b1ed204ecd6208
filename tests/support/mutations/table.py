"""The table: a protection by its name, what it protects from, and how it is taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.support.mutations.altering import InFunction, InScript, Part


@dataclass(frozen=True, slots=True)
class Protection:
    """One of them."""

    against: str  #: what would happen without it, with the numbers of faults and attacks
    parts: tuple[Part, ...]
    by_storm: bool = False  #: whether `python -m tests.storm --without NAME` breaks a threshold


_OWNED: Final = "job.f == fence and running == key('running', job.o)"

PROTECTIONS: Final[Mapping[str, Protection]] = {
    "ownership": Protection(
        "who comes late ends a job that others run (faults 9 and 48)",
        (InScript("_settling", "local job = owned_job(running, id, fence)", "local job = live_job(id)"),),
    ),
    "fence": Protection(
        "a worker that was given a job anew is overtaken by its own past (faults 9 and 68)",
        (InScript("_prelude", _OWNED, "running == key('running', job.o)"),),
    ),
    "owner": Protection(
        "who has read a fence ends the job of another worker (attack 47)",
        (InScript("_prelude", _OWNED, "job.f == fence"),),
    ),
    "lease": Protection(
        "the jobs of a worker that lives are given to others (faults 17, 39 and 57)",
        (
            InFunction(
                "qctl.engine.reclaim:Reclaim.run_once",
                "still = now - peer.since >= self._station.lease.length",
                "still = True",
            ),
        ),
    ),
    "trust": Protection(
        "a worker that was silent for a lease goes on as if its jobs were its own (faults 9 and 50)",
        (InFunction("qctl.engine.lease:Lease.trusted", "return now < self._trusted_until", "return True"),),
    ),
    "sign-of-life": Protection(
        "a worker is given up though it has given a sign of life that the others did not see (fault 39)",
        (InScript("reclaim", "if not record[2] and (record[1] or '-1') ~= seen and", "if false and"),),
    ),
    "comparison": Protection(
        "a job stands as running that nobody has (faults 3, 47 and 81)",
        (
            InFunction(
                "qctl.engine.claims:Comparison.compare",
                "ripe = [key for key in strange if asked - self._since[key] >= TOLERANCE]",
                "ripe = []",
            ),
        ),
    ),
    "turn": Protection(
        "a claim that is sent again takes other jobs and strands the first (fault 47)",
        (
            InScript("claim", "if turn == record[2] then\n  tell_again()\nelseif", "if"),
            InScript("claim", " and tonumber(turn) > tonumber(record[2] or '-1')"),
        ),
    ),
    "cursor": Protection(
        "two beats fire the same instant (faults 49, 62 and 63)",
        (InScript("fire", "if state.cursor ~= one.cursor then return 'STALE' end"),),
    ),
    "id": Protection(
        "a submit that is sent again queues a job that runs (fault 46)",
        (InScript("_submitting", "local answer = known(id, one.body)", "local answer = nil"),),
    ),
    "die-with-parent": Protection(
        "slots outlive a parent and a template that are killed in the same moment (fault 2)",
        (InFunction("qctl.engine.processes.kernel:die_with_parent", "_prctl(_PR_SET_PDEATHSIG, signal)", "pass"),),
    ),
    "subreaper": Protection(
        "what a job daemonises outlives it (faults 2 and 18)",
        (InFunction("qctl.engine.processes.kernel:adopt_orphans", "int(adopt)", "0"),),
    ),
    "delete-first": Protection(
        "a full Redis takes no results either, and stays full (fault 40)",
        (InScript("_prelude", "local function open_door() call('DEL', DOOR) end", "local function open_door() end"),),
    ),
    "crash-budget": Protection(
        "a poison job kills slots for ever (faults 1, 11 and 12)",
        (
            InFunction(
                "qctl.engine.settle:_after_crash", "if crashes >= (task.max_crashes if task else 1):", "if False:"
            ),
        ),
    ),
    "aim": Protection(
        "a stop that comes late hits the next job of the slot (faults 10 and 16)",
        (
            InFunction(
                "qctl.engine.processes.stopping:Stopping._on_signal", "request.serial != self._row.current", "False"
            ),
        ),
    ),
}
