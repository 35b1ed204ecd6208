"""The verbs: each builds a command for its script and reads the answer. No connection is known here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from qctl.classes import dataclass
from qctl.model.call import FORM
from qctl.model.job import TOLD_APART
from qctl.model.submission import Submission
from qctl.store.abouts import about_in
from qctl.store.command import Command, Word, script, script_call
from qctl.store.keys import Keys
from qctl.store.notice_verbs import NoticeVerbs
from qctl.store.replies import (
    count_and_more,
    read_beat,
    read_cancelled,
    read_claimed,
    read_promoted,
    read_reclaimed,
    read_submitted,
    said_in,
    text,
    texts,
)
from qctl.store.schedule_verbs import ScheduleVerbs
from qctl.store.values import (
    Answer,
    Beat,
    Cancelled,
    Claimed,
    OutputReport,
    ProgressReport,
    Promoted,
    Reclaimed,
    Settlement,
    Standing,
    Submitted,
    Verdict,
)
from qctl.store.words import json_word, or_empty, submission_words
from qctl.store.workflow_verbs import WorkflowVerbs

EVERY: Final = "*"  #: in place of a list of queues: every queue, with equal weight


@dataclass(frozen=True)
class JobVerbs:
    """What may be done with jobs, by those who ask for them."""

    keys: Keys

    def submit(self, submissions: Sequence[Submission]) -> Command[list[Submitted]]:
        """Take new jobs. The same id with the same body again answers EXISTS and changes nothing."""
        words: list[Word] = [len(submissions)]
        for one in submissions:
            words += submission_words(one)
        return script_call(script("submit"), (self.keys.door,), words, read_submitted)

    def cancel(
        self, ids: Sequence[str], order: Mapping[str, object], *, spare_running: bool = False
    ) -> Command[list[Cancelled]]:
        """End jobs that do not run yet; order the workers of the others to stop them, unless those are to be spared.

        `order` may hold `by`, `reason`, `signal` and `grace`, as in `Order`.
        """
        words: list[Word] = [json_word(order), int(spare_running), len(ids), *ids]
        return script_call(script("cancel"), (self.keys.door,), words, read_cancelled)

    def follow(self, limit: int = 500) -> Command[tuple[int, bool]]:
        """Let jobs go on that wait for ended ones. Answers how many, and whether there may be more."""
        return script_call(script("follow"), (self.keys.door,), [limit], count_and_more)

    def revive(self, ids: Sequence[str], lengths: Mapping[str, int] | None = None, by: str = "") -> Command[list[str]]:
        """Queue ended jobs again, and keep with them who asked for it.

        Answers OK, ACTIVE, UNNEEDED, UNIQUE, SECRET, SKIPPED, GONE, UNKNOWN or `FULL n` for each.
        `lengths` is how many jobs may wait in a queue, by name; what live workers declare holds beside it.
        """
        words: list[Word] = [by, len(lengths or {})]
        for queue, most in (lengths or {}).items():
            words += (queue, most)
        return script_call(script("revive"), (self.keys.door,), [*words, len(ids), *ids], texts)

    def prioritise(self, ids: Sequence[str], by: int) -> Command[list[str]]:
        """Move jobs that have not begun by so many levels of priority, in order of submission inside each level.

        Answers the new level, SAME (there is none beyond), RUNNING, ENDED or UNKNOWN for each.
        """
        return script_call(script("prioritise"), (self.keys.door,), [by, len(ids), *ids], texts)

    def remove(self, ids: Sequence[str]) -> Command[list[str]]:
        """Remove ended jobs with their values and output, and records that were set aside.

        Answers OK, ACTIVE or UNKNOWN for each.
        """
        return script_call(script("remove"), (self.keys.door,), [len(ids), *ids], texts)

    def forget(self, task: str, max_age_ms: int, keep: int, limit: int = 100) -> Command[tuple[int, bool]]:
        """Remove a task's oldest ended jobs past age or count, of so many that it looks at.

        Answers how many, and whether there may be more at once. The next call goes on behind those that have to stay.
        """
        keys = (self.keys.door, self.keys.ended(task), self.keys.passed(task))
        return script_call(script("forget"), keys, [task, max_age_ms, keep, limit], count_and_more)

    def trim_output(self, budget: int, limit: int = 100) -> Command[tuple[int, bool]]:
        """Remove the oldest kept output until the rest fits the budget in bytes."""
        return script_call(script("trim_output"), (self.keys.door,), [budget, limit], count_and_more)

    def trim_queues(self, idle_ms: int, limit: int = 100) -> Command[list[str]]:
        """Forget names of queues that have had no job for so long, and that nobody pauses, limits or works on.

        Looks at some of them. Answers those that are gone.
        """
        keys = (self.keys.door, self.keys.queues, self.keys.idle)
        return script_call(script("trim_queues"), keys, [idle_ms, limit], texts)

    def mend(self, place: int, limit: int, pause_ms: int) -> Command[tuple[int | None, list[str]]]:
        """Put jobs back that stand nowhere, of some `limit` from a place on; 0 begins a round, one in `pause_ms`.

        Answers the place to go on from, None at the end of a round, and the ids that were put back.
        """
        k = self.keys
        keys = (k.door, k.recent, k.mended, k.repaired, k.scheduled, k.workers)
        return script_call(script("mend"), keys, [place, limit, pause_ms], _place_and_ids)

    def pause(self, queues: Sequence[str], order: Mapping[str, object], for_ms: int | None) -> Command[list[str]]:
        """Let nothing of these queues be claimed, of all of them with `*`. `order` may hold `by` and `reason`.

        Answers OK or ALREADY for each.
        """
        words: list[Word] = [json_word(order), or_empty(for_ms), len(queues), *queues]
        return script_call(script("pause"), (self.keys.door, self.keys.paused), words, texts)

    def resume(self, queues: Sequence[str]) -> Command[list[str]]:
        """Take pauses back. Answers OK or ALREADY for each."""
        return script_call(script("resume"), (self.keys.door, self.keys.paused), [len(queues), *queues], texts)

    def poke(self, worker: str) -> Command[bool]:
        """Ask a worker for a heartbeat now. False if there is no such worker."""
        return script_call(script("poke"), (self.keys.door, self.keys.worker(worker)), [worker], bool)

    def command_worker(self, worker: str, command: str) -> Command[bool]:
        """Tell a worker to `drain`, `resume`, `stop` or `stop-now`. False if there is no such worker."""
        keys = (self.keys.door, self.keys.worker(worker))
        return script_call(script("command"), keys, [worker, command], bool)


@dataclass(frozen=True)
class WorkerVerbs:
    """What a worker does with jobs, and how it keeps its place. Every write carries (id, fence)."""

    keys: Keys

    def register(
        self,
        worker: str,
        about: Mapping[str, object],
        rules: Mapping[str, object] | None = None,
        catalog: Mapping[str, object] | None = None,
    ) -> Command[tuple[Standing, int]]:
        """Enter a worker, or replace what it says of itself.

        `rules` are the limits that it declares (see `model.rules`), `catalog` by name the tasks that it can run, of
        which `about` holds the digest, as `catalog`. Answers its standing and server time in ms.
        """
        keys = (self.keys.door, self.keys.worker(worker), self.keys.workers)
        digest = "" if catalog is None else str(about["catalog"])
        words: list[Word] = [worker, json_word(about), json_word(rules or {}), digest, json_word(catalog or {}), FORM]
        return script_call(script("register"), keys, words, lambda r: (Standing(text(r[0])), int(r[1])))

    def unregister(self, worker: str) -> Command[int]:
        """Take out a worker. Answers how many jobs it still owns; it is taken out only at 0."""
        k = self.keys
        keys = (k.door, k.worker(worker), k.running(worker), k.orders(worker), k.inbox(worker), k.workers)
        return script_call(script("unregister"), keys, [worker], int)

    def live_workers(self, since_ms: int, most: int) -> Command[list[str]]:
        """Read the ids of workers that have been heard since a server time; at most so many, in no order."""
        return Command(("ZRANGE", self.keys.workers, since_ms, "+inf", "BYSCORE", "LIMIT", 0, most), texts)

    def worker_about(self, worker: str) -> Command[dict[str, Any]]:
        """Read what a worker says of itself; nothing of one that is gone."""
        return Command(("HGET", self.keys.worker(worker), "about"), about_in)

    def worker_began(self, worker: str) -> Command[int]:
        """Read when a worker registered first, in ms of the server; 0 of one that is gone."""
        return Command(("HGET", self.keys.worker(worker), "since"), _number)

    def catalog(self, digest: str) -> Command[dict[str, Any]]:
        """Read what the workers that name this digest can run, see `config.catalog`; nothing of one that is gone."""
        return Command(("GET", self.keys.catalog(digest)), said_in)

    def heartbeat(self, worker: str, peers: int = 0) -> Command[Beat]:
        """Renew a worker's lease. Tells what it owns, what it is asked to do, and of so many other workers."""
        k = self.keys
        keys = (k.door, k.worker(worker), k.running(worker), k.orders(worker), k.workers)
        return script_call(script("heartbeat"), keys, [worker, peers], read_beat)

    def claim(
        self,
        worker: str,
        turn: int,
        want: int,
        queues: Sequence[tuple[str, int]] | str = EVERY,
        only: Sequence[str] = (),
        host: str = "",
    ) -> Command[Claimed]:
        """Take up to `want` jobs: from each queue in order its quota, then the rest in the same order.

        Of every queue those of other hosts than `host` are left out. With `only`, jobs of these ids alone, whatever
        their queues. The same turn asked again answers the same jobs with their bodies.
        """
        words: list[Word] = [worker, turn, want]
        if only:
            words += ("#", len(only), *only)
        elif isinstance(queues, str):
            words += (EVERY, host)
        else:
            words.append(len(queues))
            for name, quota in queues:
                words += (name, quota)
        keys = (self.keys.door, self.keys.worker(worker), self.keys.running(worker))
        return script_call(script("claim"), keys, words, read_claimed)

    def complete(self, worker: str, settled: Sequence[Settlement]) -> Command[list[Answer]]:
        """End attempts that succeeded, with their values."""
        return self._settle(
            "complete", worker, ((s.id, s.fence, s.record, _value_words(s), s.log) for s in settled), len(settled)
        )

    def bury(self, worker: str, settled: Sequence[Settlement]) -> Command[list[Answer]]:
        """End jobs whose last attempt did not succeed."""
        rows = ((s.id, s.fence, s.record, s.log, s.outcome.value, s.reason or "", s.charge) for s in settled)
        return self._settle("bury", worker, rows, len(settled))

    def retry(self, worker: str, settled: Sequence[Settlement]) -> Command[list[Answer]]:
        """Give failed attempts another time."""
        rows = ((s.id, s.fence, s.record, s.log, s.delay_ms, s.charge) for s in settled)
        return self._settle("retry", worker, rows, len(settled))

    def release(self, worker: str, settled: Sequence[Settlement]) -> Command[list[Answer]]:
        """Give jobs back at their old place, uncharged; an empty record says that the attempt was not begun.

        Those whose task this worker does not have wait for a worker that has it.
        """
        rows = ((s.id, s.fence, s.record, s.log, int(s.missing)) for s in settled)
        return self._settle("release", worker, rows, len(settled))

    def _settle(self, verb: str, worker: str, rows: Iterable[tuple[Word, ...]], count: int) -> Command[list[Answer]]:
        words: list[Word] = [count]
        for row in rows:
            words += row
        keys = (self.keys.door, self.keys.running(worker))
        return script_call(script(verb), keys, words, lambda reply: [Answer(text(one)) for one in reply])

    def promote(self, limit: int = 500) -> Command[Promoted]:
        """Queue the scheduled jobs that are due, and parked ones whose limit has room."""
        return script_call(script("promote"), (self.keys.door,), [limit], read_promoted)

    def reclaim(self, dead: str, beat: int, verdicts: Sequence[Verdict] = (), limit: int = 100) -> Command[Reclaimed]:
        """Give back the jobs of a worker whose heartbeat counter stood at `beat` for a whole lease."""
        words: list[Word] = [dead, beat, limit, len(verdicts)]
        for one in verdicts:
            words += (one.id, one.fence, "lost" if one.lost else "queue", one.record)
        keys = (self.keys.door, self.keys.worker(dead), self.keys.running(dead))
        return script_call(script("reclaim"), keys, words, read_reclaimed)

    def report(self, worker: str, reports: Sequence[ProgressReport | OutputReport]) -> Command[list[str]]:
        """Keep what running jobs tell. Answers OK, FENCED, or for output the id of its stream entry."""
        words: list[Word] = [len(reports)]
        for one in reports:
            if isinstance(one, ProgressReport):
                fraction = "" if one.fraction is None else f"{one.fraction:.4f}"
                told = f"{TOLD_APART}{one.told}" if one.told else ""
                words += (one.id, one.fence, "progress", f"{fraction} {one.text}{told}")
            else:
                words += (one.id, one.fence, "output", one.attempt, one.offset, one.chunk)
                words += (len(one.drop), *one.drop)
        return script_call(script("report"), (self.keys.door, self.keys.running(worker)), words, texts)


class Verbs(JobVerbs, WorkerVerbs, ScheduleVerbs, NoticeVerbs, WorkflowVerbs):
    """All verbs of one namespace."""


def _value_words(settlement: Settlement) -> bytes:
    value = settlement.value
    return b"" if value is None else value.kind.encode() + value.data


def _number(reply: Any) -> int:
    return int(reply or 0)


def _place_and_ids(reply: Any) -> tuple[int | None, list[str]]:
    return int(reply[0]) if reply[0] else None, texts(reply[1:])
