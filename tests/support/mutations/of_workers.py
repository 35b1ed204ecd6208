"""Protections in the processes of a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.support.mutations.altering import InFunction
from tests.support.mutations.protection import Protection

_PROCESSES: Final = "qctl.engine.processes"

PROTECTIONS: Final[Mapping[str, Protection]] = {
    "lease": Protection(
        "the jobs of a worker that lives are given to others (faults 17, 39 and 57)",
        (
            InFunction(
                "qctl.engine.reclaim:Reclaim.run_once",
                "still = now - peer.since >= self._lease_of(worker)",
                "still = True",
            ),
        ),
    ),
    "lease-of-the-other": Protection(
        "the jobs of a worker that lives are given to others, for their lease is shorter than its own (fault 17)",
        (InFunction("qctl.engine.reclaim:Reclaim._lease_of", "max(length, float(declared))", "length"),),
    ),
    "trust": Protection(
        "a worker that was silent for a lease goes on as if its jobs were its own (faults 9 and 50)",
        (InFunction("qctl.engine.lease:Lease.trusted", "return now < self._trusted_until", "return True"),),
    ),
    "slumber": Protection(
        "a worker whose machine slept for a lease goes on as if its jobs were its own (fault 60)",
        (InFunction("qctl.engine.slumber:Slumber.look", "if slept > LEAST:", "if False:"),),
    ),
    "comparison": Protection(
        "a job stands as running that nobody has (faults 3, 47 and 81)",
        (
            InFunction(
                "qctl.engine.claims:Comparison.compare",
                "ripe = [key for key in strange if _is_settled(*self._since[key], seen)]",
                "ripe = []",
            ),
        ),
    ),
    "told-apart": Protection(
        "one settlement that Redis cannot take keeps all others of the worker from being told (fault 81)",
        (InFunction("qctl.engine.settling:Settling.answered", "elif is_of_its_own(answer):", "elif False:"),),
    ),
    "unwanted": Protection(
        "a job that was told to end on its way to a slot, and came back, is begun (faults 47 and P12)",
        (InFunction("qctl.engine.intake:Intake.stop", "held.unwanted = True", "pass"),),
    ),
    "loss": Protection(
        "a worker begins a job that is not its own any more (faults 9 and 47)",
        (
            InFunction(
                "qctl.engine.claims:Comparison.compare",
                "owned.get(held.claim.id) != held.claim.fence",
                "False",
            ),
        ),
    ),
    "crash-budget": Protection(
        "a poison job kills slots for ever (faults 1, 11 and 12)",
        (
            InFunction(
                "qctl.engine.settle:_after_crash", "if crashes >= (task.max_crashes if task else 1):", "if False:"
            ),
        ),
    ),
    "loss-budget": Protection(
        "who does not have a task runs a job of it again that must not be (fault 2)",
        (
            InFunction(
                "qctl.engine.reclaim:Reclaim._verdict",
                "budgets = (orphan.most_losses, losses_of(task) if task else None)",
                "budgets = (None, losses_of(task) if task else None)",
            ),
        ),
    ),
    "die-with-parent": Protection(
        "slots outlive a parent and a template that are killed in the same moment (fault 2)",
        (InFunction(f"{_PROCESSES}.kernel:die_with_parent", "_prctl(_PR_SET_PDEATHSIG, signal)", "pass"),),
    ),
    "subreaper": Protection(
        "what a job daemonises outlives it (fault 18)",
        (InFunction(f"{_PROCESSES}.kernel:adopt_orphans", "int(adopt)", "0"),),
    ),
    "aim": Protection(
        "a stop that comes late hits the next job of the slot (faults 10 and 16)",
        (InFunction(f"{_PROCESSES}.stopping:Stopping._on_signal", "request.serial != self._row.current", "False"),),
    ),
    "aim-of-kill": Protection(
        "the job that has just begun is killed for the one before it (faults 10 and 16)",
        (
            InFunction(
                f"{_PROCESSES}.pool:Pool._enforce",
                "generation.table.row(aimed.slot).current != serial and not aimed.spared",
                "False",
            ),
        ),
    ),
    "fence-of-stop": Protection(
        "a stop of an earlier attempt hits a later one of the same job (fault 9)",
        (
            InFunction(
                f"{_PROCESSES}.dispatch:Dispatch.serial_of", "begun.frame.key == key", "begun.frame.id == key[0]"
            ),
        ),
    ),
    "epoch": Protection(
        "a job that was taken back from a slot's hand is begun there all the same, and twice (faults 1 and 10)",
        (InFunction(f"{_PROCESSES}.acceptance:Acceptance.may_begin", "epoch >= self._table.epoch", "True"),),
    ),
    "ring-of-the-dead": Protection(
        "what a slot has done before it died is done again (fault 1)",
        (
            InFunction(
                f"{_PROCESSES}.attempts:Attempts.last_words",
                "self._read_ring(slot, self._generation.pid_of(slot), events)",
                "pass",
            ),
        ),
    ),
    "parts": Protection(
        "a job whose value is large is done again, for its slot has no descriptor left to hand it over (fault 21)",
        (InFunction(f"{_PROCESSES}.reports:messages", "len(said) <= packets.INLINE", "True"),),
    ),
    "told-when-seen": Protection(
        "a slot's death is charged to the jobs of all others, for the template can open nothing just then (fault 21)",
        (InFunction(f"{_PROCESSES}.brood:Brood.reap", "error.errno not in kernel.NO_DESCRIPTOR", "True"),),
    ),
    "reload-put-off": Protection(
        "a worker ends for a reload that the machine has nothing left for just then (faults 20 and 21)",
        (InFunction("qctl.engine.reload:Reload._take", "error.errno not in PASSING", "True"),),
    ),
    "passed-over": Protection(
        "a task does not hear of its soft limit, for it came when Python passes over what is raised",
        (InFunction(f"{_PROCESSES}.stopping:Stopping._on_signal", "self._passed_over.look_out()", "pass"),),
    ),
    "unbegun-stop": Protection(
        "a job that was cancelled holds its slot for ever, which was stopped before it began it (fault 10)",
        (InFunction(f"{_PROCESSES}.pool:Pool._enforce", "generation.kill_who_holds(key)", "pass"),),
    ),
    "relief": Protection(
        "a job that turns out long holds up those that a slot has taken with it",
        (InFunction(f"{_PROCESSES}.attempts:Attempts.held_up", "now - at > LONG", "False"),),
    ),
    "lost-frames": Protection(
        "a job in the hands of a slot that dies is never begun (fault 1)",
        (
            InFunction(
                f"{_PROCESSES}.dispatch:Dispatch.withdraw",
                "self._suspects.update(serial for serial in self.sent if serial not in shown)",
                "pass",
            ),
        ),
    ),
    "rest-of-an-answer": Protection(
        "a job never hears the end of an answer that its socket does not hold",
        (InFunction(f"{_PROCESSES}.callers:Callers.answer", "self._await_room(caller)", "pass"),),
    ),
}
