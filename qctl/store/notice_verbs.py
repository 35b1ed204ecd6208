"""The verbs of notices: what is to be told, and jobs that tell it."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.around import HISTORY_DAYS, History, Surroundings
from qctl.model.attempt import Attempt
from qctl.model.workflow.node_names import node_id
from qctl.store.command import script, script_call
from qctl.store.record import read_job_if_sound
from qctl.store.replies import text, texts
from qctl.store.words import submission_words
from qctl.store.workflow_told import told_workflow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.model.submission import Submission
    from qctl.store.command import Command, Word
    from qctl.store.keys import Keys

GONE: Final = "GONE"  #: somebody else has told it
NEW: Final = "NEW"
_LOOKED_BACK: Final = HISTORY_DAYS * 86_400_000


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice that is to be told."""

    text: bytes  #: as it stands in the store: see `qctl.model.notice`
    more: int = 0  #: of a flood, how many there were beside those that are told


@dataclass(frozen=True)
class NoticeVerbs:
    """What workers do with notices, and what is read for a report."""

    keys: Keys

    def notices(self, names: Sequence[str], limit: int = 20) -> Command[list[Pending]]:
        """What is to be told to these notify names now, one of each in turn: a name that has many keeps no
        other waiting. Drops what nobody could tell in a day.
        """
        words: list[Word] = [limit, len(names), *names]
        return script_call(script("notices"), (self.keys.door,), words, _pending)

    def tell(self, told: Sequence[tuple[Pending, Submission]]) -> Command[list[str]]:
        """Make a job of each notice, once, however often this is sent. Answers NEW, GONE or what `submit` answers."""
        words: list[Word] = [len(told)]
        for notice, one in told:
            words += (notice.text, notice.more, *submission_words(one))
        return script_call(script("tell"), (self.keys.door,), words, lambda reply: texts(reply[::2]))

    def surroundings(self, ids: Sequence[str]) -> Command[list[Surroundings | None]]:
        """What reports tell of jobs; None for one that does not exist, or that nobody can read."""
        words: list[Word] = [_LOOKED_BACK, len(ids), *ids]

        def read(reply: Sequence[Any]) -> list[Surroundings | None]:
            return [_surroundings(job, row) for job, row in zip(ids, reply, strict=True)]

        return script_call(script("surroundings"), (self.keys.door,), words, read)


def _pending(reply: Sequence[Any]) -> list[Pending]:
    return [Pending(said, int(more)) for said, more in zip(reply[::2], reply[1::2], strict=True)]


def _surroundings(job_id: str, row: Sequence[Any]) -> Surroundings | None:
    job = read_job_if_sound(job_id, row[0]) if row else None
    if job is None:
        return None
    _, output, good, bad, at, record, skipped, definition, origin, plan, first, nodes = row
    history = _history(int(good), int(bad), at, record)
    flow = told_workflow(job, plan, nodes) if plan else None
    speaks = node_id(job_id, text(first)) if first else ""
    return Surroundings(job, output, history, tuple(texts(skipped)), definition, int(origin or 0), flow, speaks)


def _history(good: int, bad: int, at: bytes, record: bytes) -> History:
    try:
        last = Attempt.decode(record) if record else None
    except (ValueError, TypeError, AttributeError):  # somebody wrote it by hand
        last = None
    took = max(0, last.ended_ms - last.started_ms) / 1000 if last else None
    return History(good, bad, int(at) if at else None, took)
