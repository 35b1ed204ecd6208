"""The error records that steps receive: which jobs did not succeed, and why. `gathering` says how they are read."""

from __future__ import annotations

from functools import partial
from itertools import chain

from qctl.model.workflow.inputs import Record
from qctl.model.workflow.node_names import is_of_group, node_id
from qctl.model.workflow.plan import MOST_FAILED
from qctl.store.command import Command, script, script_call
from qctl.store.past import read_endings
from qctl.store.replies import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.model.ending import Ending
    from qctl.store.asking import Asking
    from qctl.store.command import Word
    from qctl.store.keys import Keys

AT_ONCE: Final = 500  #: nodes in one command


def error_record(keys: Keys, workflow_id: str, source: str) -> Asking[Record]:
    """What has failed: of a whole workflow, of a group's members, or one job; and how the workflow ended, if it has."""
    name = source[2:]
    words: tuple[Word, ...] = ("HVALS", keys.failed(node_id(workflow_id, name)))
    if source == "f":
        words = ("LRANGE", keys.culprits(workflow_id), 0, MOST_FAILED - 1)
    (names,) = yield [Command(words, as_is)]
    found = list(map(text, names)) or ([] if source == "f" else [name])
    groups = [one for one in found if names and is_of_group(one)]  # went down with others, before they could fail
    asked = [Command(("HVALS", keys.failed(node_id(workflow_id, one))), as_is) for one in groups]
    inner = (yield asked) if asked else []
    jobs = dict.fromkeys([*(one for one in found if one not in groups), *map(text, chain(*inner))])
    ids = [node_id(workflow_id, one) for one in jobs or found][:MOST_FAILED]
    endings = yield from endings_of(keys, [*ids, workflow_id])
    whole = endings.get(workflow_id)
    outcome = whole.outcome if whole else None  # a time limit, say, which is no job's failure
    failed = [_failure(one, endings.get(one)) for one in ids]
    return Record({"workflow_id": workflow_id, "outcome": outcome, "failed": failed})


def member_error(job_id: str, ending: Ending | None) -> dict[str, Any]:
    """What made a member of a group fail: type and message, and of which job they are."""
    said = _failure(job_id, ending)
    error = said.pop("error") or {"type": said["reason"], "message": None}
    return {**error, **said}


def endings_of(keys: Keys, ids: Sequence[str]) -> Asking[dict[str, Ending]]:
    """How jobs ended, by id; those of which there is no record any more are left out."""
    batches = [ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)]
    commands = [
        script_call(script("endings"), (keys.door,), [len(batch), *batch], partial(read_endings, batch))
        for batch in batches
    ]
    found: Sequence[list[Ending]] = (yield commands) if commands else ()
    return {ending.id: ending for ending in chain(*found)}


def as_is(reply: Any) -> Any:
    return reply


def _failure(job_id: str, ending: Ending | None) -> dict[str, Any]:
    """One job that did not succeed, as an error record tells of it."""
    if ending is None:
        nothing = ("task", "outcome", "reason", "exit_code", "signal", "error")
        return {"id": job_id, **dict.fromkeys(nothing)}
    error = {"type": ending.error_type, "message": ending.error_message} if ending.error_type else None
    return {
        "id": job_id,
        "task": ending.task,
        "outcome": ending.outcome,
        "reason": ending.reason or None,
        "exit_code": ending.exit_code,
        "signal": ending.signal,
        "error": error,
    }
