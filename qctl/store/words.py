"""How values become the words of a command."""

from __future__ import annotations

from _operator import attrgetter  # as `operator` has it

from qctl import json_text
from qctl.later import later
from qctl.model.submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.store.command import Word
    from qctl.store.workflow_words import plan_words
else:
    plan_words = later("qctl.store.workflow_words", "plan_words")


def json_word(said: Mapping[str, object]) -> str:
    return json_text.dumps(said, separators=(",", ":"))


def or_empty(number: int | None) -> Word:
    return "" if number is None else number


def submission_words(one: Submission, if_exists: str | None = None, after: Sequence[str] | None = None) -> list[Word]:
    """A submission as `submit.lua` has it; some of it may be said otherwise."""
    upstreams = one.after if after is None else after
    words: list[Word] = [one.id, one.task, one.queue, one.priority, one.body]
    words += (or_empty(one.delay_ms), or_empty(one.due_ms), or_empty(one.expires_ms))
    words += (one.key, one.key_ttl_ms, if_exists or one.if_exists.value, one.unique, or_empty(one.max_length))
    words += (one.secrets, len(upstreams), *upstreams)
    words += ("",) if one.plan is None else plan_words(one.plan)
    return words


#: What sets jobs apart beside an id and a body; the last ones nothing plain has.
_terms = attrgetter(
    *("task", "queue", "priority", "max_length", "expires_ms"),
    *("key", "unique", "secrets", "after", "delay_ms", "due_ms"),
)
_PLAIN: Final = ("", "", b"", (), None, None)


def is_plain(one: Submission) -> bool:
    """Whether one may go in a run of jobs that have more in common than not."""
    return type(one) is Submission and "." not in one.id and _terms(one)[5:] == _PLAIN


def submissions_words(submissions: Sequence[Submission]) -> list[Word]:
    """Submissions as `submit.lua` has them: plain ones in runs that say once what all of a run have in common.

    Where one of them is not plain, or an id stands there twice, all are written out: they are taken in their order.
    """
    if len({one.id for one in submissions}) < len(submissions):
        return _written_out(submissions)
    words: list[Word] = [0]
    terms, counted_at = None, 0
    for one in submissions:
        its = _terms(one)
        if its != terms:
            if its[5:] != _PLAIN or type(one) is not Submission:
                return _written_out(submissions)
            terms, counted_at = its, len(words) + 5
            task, queue, priority, most, expires = its[:5]
            words += (task, queue, priority, or_empty(most), or_empty(expires), 0)
            words[0] += 1  # type: ignore[operator]
        if "." in one.id:  # it might be the id of a workflow's node
            return _written_out(submissions)
        words += (one.id, one.body)
        words[counted_at] += 1  # type: ignore[operator]
    words.append(0)
    return words


def _written_out(submissions: Sequence[Submission]) -> list[Word]:
    words: list[Word] = [0, len(submissions)]
    for one in submissions:
        words += submission_words(one)
    return words
