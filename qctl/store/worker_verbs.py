"""What a worker does with jobs, and how it keeps its place: each verb builds a command and reads its answer."""

from __future__ import annotations

from functools import partial

from qctl.classes import dataclass
from qctl.model.call import FORM
from qctl.model.job import TOLD_APART
from qctl.store.abouts import about_in
from qctl.store.command import Command, script, script_call
from qctl.store.replies import said_in, text, texts
from qctl.store.values import Answer, ProgressReport, Standing
from qctl.store.words import json_word
from qctl.store.worker_replies import read_beat, read_claimed, read_promoted, read_reclaimed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.model.attempt import Value
    from qctl.store.command import Word
    from qctl.store.keys import Keys
    from qctl.store.values import Beat, Claimed, OutputReport, Promoted, Reclaimed, Settlement, Verdict

EVERY: Final = "*"  #: in place of a list of queues: every queue, with equal weight


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
        keys = (self.keys.door, self.keys.running(worker))
        read = partial(_answers_or_done, count=len(settled))
        return script_call(script("complete"), keys, _completed_words(settled), read)

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
        return script_call(script(verb), keys, words, _answers)

    def promote(self, limit: int = 500) -> Command[Promoted]:
        """Queue the scheduled jobs that are due, and parked ones whose limit has room."""
        return script_call(script("promote"), (self.keys.door,), [limit], read_promoted)

    def reclaim(
        self,
        dead: str,
        beat: int,
        verdicts: Sequence[Verdict] = (),
        limit: int = 100,
        refused: Sequence[str] = (),
    ) -> Command[Reclaimed]:
        """Give back the jobs of a worker whose heartbeat counter stood at `beat` for a whole lease.

        Those that were `refused` are left out, so that those behind them have their turn.
        """
        words: list[Word] = [dead, beat, limit, len(refused), *refused, len(verdicts)]
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


def _completed_words(settled: Sequence[Settlement]) -> list[Word]:
    """What ends well, as `complete.lua` has it: in runs that say once what all of a run have in common."""
    words: list[Word] = [0]
    runs, head, size, own = 0, 0, 0, False
    fence: int | None = None
    value: Value | None = None
    log = b""
    for one in settled:
        its = one.value
        differs = its is not value and not own and _differ(its, value)
        if one.fence != fence or one.log != log or (differs and size > 1):
            if runs:
                words[head + 4] = size
            fence, value, log, own = one.fence, its, one.log, False
            runs, head, size = runs + 1, len(words), 0
            words += (fence, log, _value_word(value), 2, 0)
        elif differs:
            words.append(words[head + 2])
            words[head + 3], own = 3, True
        words += (one.id, one.record, _value_word(its)) if own else (one.id, one.record)
        size += 1
    if runs:
        words[0], words[head + 4] = runs, size
    return words


def _value_word(value: Value | None) -> bytes:
    return b"" if value is None else value.kind.encode() + value.data


def _differ(one: Value | None, other: Value | None) -> bool:
    """As `!=`, which makes two tuples first."""
    return one is None or other is None or one.data != other.data or one.kind != other.kind


_ANSWERS: Final = {answer.encode(): answer for answer in Answer}


def _answers_or_done(reply: Any, count: int) -> list[Answer]:
    return [Answer.OK] * count if isinstance(reply, bytes) else _answers(reply)


def _answers(reply: Any) -> list[Answer]:
    return [_ANSWERS.get(one) or Answer(text(one)) for one in reply]


def _number(reply: Any) -> int:
    return int(reply or 0)
