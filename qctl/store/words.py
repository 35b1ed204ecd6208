"""How values become the words of a command."""

from __future__ import annotations

import json

from qctl.model.workflow.plan import WorkflowSubmission
from qctl.store.workflow_words import plan_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qctl.model.submission import Submission
    from qctl.store.command import Word


def json_word(said: Mapping[str, object]) -> str:
    return json.dumps(said, separators=(",", ":"))


def or_empty(number: int | None) -> Word:
    return "" if number is None else number


def submission_words(one: Submission, if_exists: str | None = None, after: Sequence[str] | None = None) -> list[Word]:
    """A submission as `submit.lua` has it; some of it may be said otherwise."""
    upstreams = one.after if after is None else after
    words: list[Word] = [one.id, one.task, one.queue, one.priority, one.body]
    words += (or_empty(one.delay_ms), or_empty(one.due_ms), or_empty(one.expires_ms))
    words += (one.key, one.key_ttl_ms, if_exists or one.if_exists.value, one.unique, or_empty(one.max_length))
    words += (one.secrets, len(upstreams), *upstreams)
    words += plan_words(one.plan) if isinstance(one, WorkflowSubmission) else ("",)
    return words
