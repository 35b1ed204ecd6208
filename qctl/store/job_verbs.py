"""What may be done with jobs by those who ask for them: each verb builds a command and reads its answer."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later
from qctl.store.command import Command, script, script_call
from qctl.store.replies import count_and_more, texts
from qctl.store.taken import read_cancelled, read_if_not_new, read_submitted, read_taken
from qctl.store.words import json_word, or_empty, submissions_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from qctl.model.names import new_id
    from qctl.model.submission import Submission
    from qctl.store.command import Word
    from qctl.store.keys import Keys
    from qctl.store.taken import Cancelled, Submitted, Taken
else:
    new_id = later("qctl.model.names", "new_id")


@dataclass(frozen=True)
class JobVerbs:
    """What may be done with jobs, by those who ask for them."""

    keys: Keys

    def submit(self, submissions: Sequence[Submission]) -> Command[list[Submitted]]:
        """Take new jobs. The same id with the same body again answers EXISTS and changes nothing."""
        ids = [one.id for one in submissions]
        words = submissions_words(submissions)
        return script_call(script("submit"), (self.keys.door,), words, lambda reply: read_submitted(ids, reply))

    def submit_alike(self, first: Submission) -> Callable[[str, bytes], Command[Taken]]:
        """How plain jobs are submitted, each by itself, that differ from this one in id and body alone."""
        before, known = self._alike(first), script("submit")

        def submit(job_id: str, body: bytes) -> Command[Taken]:
            return Command((*before, 1, job_id, body, 0), read_taken, known)

        return submit

    def submit_alikes(self, first: Submission) -> Callable[[Sequence[str], Sequence[bytes]], Command[list[Taken]]]:
        """The same for several at once, by their ids, no two alike, and bodies: nothing is answered if all are new."""
        before, known = self._alike(first), script("submit")

        def submit(ids: Sequence[str], bodies: Sequence[bytes]) -> Command[list[Taken]]:
            pairs: list[Word] = [b""] * (2 * len(ids))
            pairs[::2], pairs[1::2] = ids, bodies
            return Command((*before, len(ids), *pairs, 0), read_if_not_new, known)

        return submit

    def _alike(self, first: Submission) -> tuple[Word, ...]:
        """What the call for plain jobs begins with, up to how many they are."""
        return script_call(script("submit"), (self.keys.door,), submissions_words([first])[:-4], read_if_not_new).words

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

    def revive(
        self, ids: Sequence[str], lengths: Mapping[str, int] | None = None, by: str = "", *, behind: bool = False
    ) -> Command[list[str]]:
        """Queue ended jobs again, and keep with them who asked for it. The same command sent again runs nothing twice.

        Answers OK, ACTIVE, UNNEEDED, UNIQUE, SECRET, SKIPPED, GONE, UPSTREAM, UNKNOWN or `FULL n` for each.
        `lengths` is how many jobs may wait in a queue, by name; what live workers declare holds beside it. With
        `behind` jobs that were skipped wait again for the one because of which they were. UPSTREAM: that has not
        succeeded.
        """
        words: list[Word] = [by, new_id(), int(behind), len(lengths or {})]
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

    def forget(
        self, task: str, max_age_ms: int, keep: int, limit: int = 100, *, declared: bool = False
    ) -> Command[tuple[int, bool]]:
        """Remove a task's oldest ended jobs past age or count, of so many that it looks at.

        Answers how many, and whether there may be more at once. The next call goes on behind those that have to stay.
        What a caller says that has `declared` the task holds for a week for those that have not.
        """
        keys = (self.keys.door, self.keys.ended(task), self.keys.passed(task), self.keys.keep(task))
        words: list[Word] = [task, max_age_ms, keep, limit, int(declared)]
        return script_call(script("forget"), keys, words, count_and_more)

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


def _place_and_ids(reply: Any) -> tuple[int | None, list[str]]:
    return int(reply[0]) if reply[0] else None, texts(reply[1:])
