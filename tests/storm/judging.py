"""What a storm has come to: figures from the store and from the record outside of it, and which of them are bad."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from qctl.model.job import Job
from qctl.model.state import Outcome, Reason
from qctl.store import Command, Reading, Store
from tests.storm.plan import Fault, Plan
from tests.storm.recovering import Recovery
from tests.storm.strikes import Tally
from tests.storm.workflows import Composed, Places, must_have_gone_well, steps_of
from tests.storm.workload import CRASHES, Workload
from tests.support.run_record import START, Run, RunRecord

#: Seconds after its death within which the last line of a slot may be written: what it ran is killed as well.
GHOSTS_AFTER: Final = 1.0
GHOSTS_UNTIL: Final = 10.0  #: s; later the number may be another process's
SLOT_RECOVERY: Final = 1.0  #: s, of ninety-nine in a hundred
WORKER_RECOVERY: Final = 5.0  #: s beyond a lease
NEWER_LABEL: Final = "w0"
MOST_NAMED: Final = 8  #: offenders that are named

#: By figure what it must not exceed; figures that are not here are only told.
MOST: Final[Mapping[str, float]] = {
    "not_struck": 0,
    "never_run": 0,
    "ended_twice": 0,
    "stuck": 0,
    "innocent_dead": 0,
    "poison_wrong": 0,
    "claims_run_twice": 0,
    "workflows_wrong": 0,
    "ghost_lines": 0,
    "newer_run_by_older": 0,
    "ended_by_a_stale_claim": 0,
    "repaired": 0,
    "slot_recovery_p99_s": SLOT_RECOVERY,
    "broken_invariants": 0,
    "left_behind": 0,
    "complaints": 0,
    "living_called_dead": 0,
}


class Endings:
    """How often each job was said to have ended, by the event feed: it is capped, so it is read as it grows."""

    def __init__(self, store: Store, record: RunRecord) -> None:
        self._store, self._record, self._last = store, record, "-"
        self.counts: Counter[str] = Counter()
        self.overtaken: list[str] = []  #: jobs that were completed while their last claim still ran

    def read(self) -> None:
        """Read on."""
        while rows := self._store.do(
            Command(("XRANGE", self._store.keys.events, self._last, "+", "COUNT", 1000), _same)
        ):
            self._record.read()
            for entry, fields in rows:
                event = dict(zip(fields[::2], fields[1::2], strict=True))
                if event[b"verb"] in (b"complete", b"bury"):
                    ids = event[b"ids"].decode().split()
                    self.counts.update(ids)
                    self.overtaken += [id_ for id_ in ids if event[b"verb"] == b"complete" and self._goes_on(id_)]
                self._last = f"({entry.decode()}"

    def _goes_on(self, job: str) -> bool:
        """Whether a job's last claim has begun and not said that it is over: somebody else has ended the job."""
        last = self._record.last_claims.get(job)
        return last is not None and last not in self._record.ended


def figures_of(
    plan: Plan, work: Workload, reading: Reading, record: RunRecord, endings: Endings, tally: Tally
) -> dict[str, Any]:
    """All that can be told of the jobs and their runs."""
    record.read()
    endings.read()
    jobs = {job.id: job for job in reading.jobs([one.id for one in plan.jobs])}
    innocent = [one.id for one in plan.jobs if one.task != "poison"]
    poison = [one.id for one in plan.jobs if one.task == "poison"]
    dead = [id_ for id_ in innocent if id_ in jobs and jobs[id_].ended and jobs[id_].outcome is not Outcome.SUCCEEDED]
    never = [id_ for id_ in innocent if id_ not in record.starts]
    twice = [id_ for id_, count in endings.counts.items() if count > 1]
    poison_wrong = [id_ for id_ in poison if not _is_dead_after_its_budget(jobs.get(id_))]
    offenders: dict[str, Sequence[object]] = {
        "never_run": never,
        "ended_twice": twice,
        "innocent_dead": [_told(jobs[id_]) for id_ in dead],
        "poison_wrong": [_told(jobs[id_]) if id_ in jobs else id_ for id_ in poison_wrong],
        "claims_run_twice": record.doubled(),
        "workflows_wrong": _wrong_workflows(work, reading, record),
        "ghost_lines": _ghosts(record, tally),
        "newer_run_by_older": _run_by_older(plan, record),
        "ended_by_a_stale_claim": [*endings.overtaken, *_ended_by_stale(jobs, record)],
    }
    runs = sum(record.times.values())
    meant = sum(map(_runs_meant, [*jobs.values(), *_steps(work, reading)]))
    counts: dict[str, Any] = {name: len(found) for name, found in offenders.items()}
    return counts | {"runs": runs, "extra_runs": runs - meant, "named": _named(offenders)}


def bound_of(tally: Tally, record: RunRecord, slots: int) -> dict[str, int]:
    """How many runs may have been repeated, by what.

    A slot that is killed repeats the one that it ran. A worker that is killed repeats what its slots ran, and of its
    backlog what they had run and nobody had been told of yet. One that stands still past its lease repeats, of what it
    had when it was stopped, what its slots had begun or began: they go on without it. A Redis that is killed, a clock
    that jumps, a reply that is cut and scripts that are forgotten repeat nothing.
    """
    begun = [len(record.began(owned)) for owned in tally.owned]
    return {
        "slots_x_parent_kills": slots * tally.parents_killed,
        "slot_kills": tally.slots_killed,
        "begun_backlog": sum(max(0, count - slots) for count in begun),
        "begun_under_stopped": sum(len(record.began(owned)) for owned in tally.stops),
    }


def recovery_of(recoveries: Sequence[Recovery], lease: float) -> dict[str, Any]:
    """How long it took until what was lost had been given back."""
    slots = sorted(one.took for one in recoveries if one.kind is Fault.SLOT and one.took is not None and not one.mixed)
    mixed = [one.took for one in recoveries if one.kind is Fault.SLOT and one.took is not None and one.mixed]
    killed = [one.took for one in recoveries if one.kind is Fault.PARENT and one.took is not None]
    stopped = [one.took for one in recoveries if one.kind is Fault.STOP and one.took is not None]
    return {
        "slot_recoveries": len(slots),
        "slot_recovery_p99_s": round(_percentile(slots, 0.99), 3),
        "slot_recovery_amid_others_max_s": round(max(mixed, default=0.0), 3),
        "worker_recoveries": len(killed) + len(stopped),
        "killed_worker_recovery_max_s": round(max(killed, default=0.0), 3),
        "worker_recovery_max_s": round(max([*killed, *stopped], default=0.0), 3),
        "worker_recovery_limit_s": lease + WORKER_RECOVERY,
    }


def broken_thresholds(figures: Mapping[str, Any]) -> list[str]:
    """Which figures are not what they must be."""
    broken = [name for name, most in MOST.items() if figures.get(name, math.inf) > most]
    if figures["extra_runs"] > figures["extra_runs_bound"]:
        broken.append("extra_runs")
    if figures["worker_recovery_max_s"] >= figures["worker_recovery_limit_s"]:
        broken.append("worker_recovery_max_s")
    return broken


def _is_dead_after_its_budget(job: Job | None) -> bool:
    return job is not None and (job.outcome, job.reason, job.crashes) == (Outcome.FAILED, Reason.CRASHED, CRASHES)


def _runs_meant(job: Job) -> int:
    """How often it was to run: once for each failure that it was to have, and once for its success or last crash."""
    if job.call.task == "poison":
        return job.crashes
    return job.failures + (job.outcome is Outcome.SUCCEEDED)


def _steps(work: Workload, reading: Reading) -> list[Job]:
    found: list[Job] = []
    for one in work.workflows:
        state = reading.workflow(one.id)
        found += [job for job in state.jobs.values() if job.id != one.id] if state else []
    return found


def _wrong_workflows(work: Workload, reading: Reading, record: RunRecord) -> list[str]:
    ours = {id_ for one in work.workflows for id_ in steps_of(one).values()}
    places = Places([(mark.job, mark.what == START) for mark in record.marks if mark.job in ours])
    found = [(one.id, _why_wrong(one, reading, places)) for one in work.workflows]
    return [f"{id_}: {why}" for id_, why in found if why]


def _why_wrong(one: Composed, reading: Reading, places: Places) -> str:
    try:
        must_have_gone_well(one, reading, places)
    except AssertionError as error:
        where = error.__traceback__.tb_next if error.__traceback__ else None
        return f"{str(error)[:400] or 'is not as it was to be'} (line {where.tb_lineno if where else '?'})"
    return ""


def _run_by_older(plan: Plan, record: RunRecord) -> list[str]:
    """Runs of records that only the next release can read, by workers of the present one: all but the first."""
    newer = {one.id for one in plan.jobs if one.newer}
    return [str(mark) for mark in record.marks if mark.job in newer and f"/{NEWER_LABEL}/" not in mark.run_dir]


def _ended_by_stale(jobs: Mapping[str, Job], record: RunRecord) -> list[str]:
    """Jobs that have succeeded, though nothing was run to its end under their last fence."""
    ended = [job for job in jobs.values() if job.outcome is Outcome.SUCCEEDED]
    return [_told(job) for job in ended if Run(job.id, job.fence) not in record.ended]


def _ghosts(record: RunRecord, tally: Tally) -> list[str]:
    """Lines of slots that were dead for longer than what they ran may outlive them."""
    died = tally.dead_slots
    since = ((mark, mark.at - died[mark.slot]) for mark in record.marks if mark.slot in died)
    return [str(mark) for mark, after in since if GHOSTS_AFTER < after < GHOSTS_UNTIL]


def _told(job: Job) -> str:
    ends = "; ".join(f"{one.number} {one.reason or one.outcome} {one.error_message or ''}" for one in job.attempts)
    return f"{job.call.task} {job.id} {job.outcome}/{job.reason} crashes {job.crashes} losses {job.losses} ({ends})"


def _named(offenders: Mapping[str, Sequence[object]]) -> dict[str, list[str]]:
    return {name: [str(one) for one in found[:MOST_NAMED]] for name, found in offenders.items() if found}


def _percentile(sorted_values: Sequence[float], part: float) -> float:
    return (
        sorted_values[min(len(sorted_values) - 1, math.ceil(part * len(sorted_values)) - 1)] if sorted_values else 0.0
    )


def _same(reply: Any) -> Any:
    return reply
