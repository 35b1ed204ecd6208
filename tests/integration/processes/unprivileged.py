"""A user with few rights and few processes: becomes it, starts a pool, and does what one word says. Prints JSON."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from qctl.engine.processes import shell as starting
from qctl.engine.processes.events import CannotFork, SlotDied, Started
from qctl.engine.processes.frames import Frame
from qctl.model.call import Call
from qctl.model.ended import Ended
from tests.integration.processes.crew import Crew, python, shell
from tests.support import children, eventually
from tests.support.processes import look_at

NOBODY_ELSE = 64_999  #: a uid that nothing runs as, so that its processes can be counted
FEW_DESCRIPTORS = 64


def allow(processes: int, pid: int = 0) -> None:
    """Limit how many processes the user may have, as far as this process is concerned."""
    resource.prlimit(pid, resource.RLIMIT_NPROC, (processes, 100))


def told(ended: Ended) -> dict[str, Any]:
    return {"outcome": ended.outcome, "reason": ended.reason, "error": ended.error and ended.error.message}


def a_job_that_finds_no_process(crew: Crew, slot: int) -> dict[str, Any]:
    allow(3, slot)  # this process, the template, the slot
    return told(crew.run("sh"))


def a_job_that_waits_for_one(crew: Crew, slot: int) -> dict[str, Any]:
    allow(3, slot)
    key, _ = crew.start("sh")
    allow(20, slot)
    return told(crew.finish(key))


def a_slot_that_cannot_be_replaced_for_a_while(crew: Crew, slot: int) -> dict[str, Any]:
    allow(2, crew.template)
    os.kill(slot, signal.SIGKILL)
    end = time.monotonic() + 1.5
    crew.until(lambda: time.monotonic() > end)
    refused = crew.of(CannotFork)
    allow(20, crew.template)
    return {"refused": len(refused), "why": refused[0].reason, **told(crew.run("sh"))}


def jobs_of_another_user(crew: Crew, slot: int) -> dict[str, Any]:
    return {name: told(crew.run(name)) for name in ("other", "who_am_i")}


def large_messages(crew: Crew, slot: int) -> dict[str, Any]:
    """More of them than the kernel lets a user have under way: first jobs that nobody takes, then ends unheard."""
    for pid in (0, slot):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (FEW_DESCRIPTORS, FEW_DESCRIPTORS))
    body = Call(task="large", params={"size": 10}, hash="0" * 12, env={"PAD": "x" * 70_000}).encode()
    frames = [Frame(f"large{number:03}", 1, 1, body, "default") for number in range(2 * FEW_DESCRIPTORS)]
    os.kill(slot, signal.SIGSTOP)
    eventually(lambda: (seen := look_at(slot)) is not None and seen.state == "T")
    sent = taken = crew.pool.dispatch(frames)
    os.kill(slot, signal.SIGCONT)
    while sent < len(frames):
        crew.pump()
        sent += crew.pool.dispatch(frames[sent:])
    crew.until(lambda: len(crew.ended) + len(crew.of(SlotDied)) > len(frames))
    crew.submit_together([("large", {"size": 70_000})] * len(frames))
    eventually(lambda: (seen := look_at(slot)) is None or seen.state == "S")
    crew.until(lambda: len(crew.ended) + len(crew.of(SlotDied)) > 2 * len(frames))
    return {"taken": taken, "ended": len(crew.ended), "died": len(crew.of(SlotDied))}


def main() -> None:
    folder, what = Path(sys.argv[1]), globals()[sys.argv[2]]
    os.chown(folder, NOBODY_ELSE, NOBODY_ELSE)
    os.setresgid(NOBODY_ELSE, NOBODY_ELSE, NOBODY_ELSE)
    os.setresuid(NOBODY_ELSE, NOBODY_ELSE, NOBODY_ELSE)
    allow(20)
    if what is a_job_that_finds_no_process:
        starting._PATIENCE = 0.6  # type: ignore[misc]
    others = [shell("id", name="other", user="daemon"), python("who_am_i", module="own_process", user="daemon")]
    crew = Crew(folder, [shell("echo ran", cwd="/"), python("large", "size", cwd="/"), *others])
    crew.run("sh")
    (slot,) = {started.pid for started in crew.of(Started)}
    assert slot in {child.pid for child in children(crew.template)}
    print(json.dumps(what(crew, slot)), flush=True)
    crew.pool.close()


if __name__ == "__main__":
    main()
