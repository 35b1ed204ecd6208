"""What running jobs ask their worker for, so that no job ever holds a Redis URL.

`{"submit": [{id, task, body, queue, priority, delay_ms, due_ms, expires_ms, max_length, key, if_exists, unique,
secrets, after}, …]}` is answered by `{"submitted": [[answer, id], …]}`; whatever cannot be done by
`{"error": …, "exit_code": …}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from qctl.engine.crew import Crew
from qctl.engine.processes.events import Asked
from qctl.engine.station import Station
from qctl.engine.vetting import vetted
from qctl.errors import OutcomeUnknown, QctlError, RedisUnreachable, UsageError
from qctl.model.names import is_name, is_queue
from qctl.model.submission import IfExists, Submission
from qctl.model.units import LONGEST

MOST: Final = 1000  #: submissions in one question
_NUMBERS: Final = ("delay_ms", "due_ms", "expires_ms", "max_length")


class Questions:
    """Asks the store in a job's place."""

    def __init__(self, station: Station, crew: Crew) -> None:
        self._station = station
        self._crew = crew

    def asked(self, event: Asked, now: float) -> None:
        """Answer a question, at once or when the store has answered."""
        held = self._station.claims.get((event.id, event.fence))
        if held is None:
            return  # its job is over
        try:
            submissions = [vetted(one, held, self._station) for one in _read(event.request)]
        except QctlError as error:
            self._reply(event, _refusal(error))
            return
        shown = "the worker's Redis"

        def answered(answers: list[Any]) -> None:
            if isinstance(answers[0], QctlError):
                self._reply(event, _refusal(answers[0]))
            else:
                self._reply(event, {"submitted": [[one.taken, one.id] for one in answers[0]]})

        def lost() -> None:
            self._reply(event, _refusal(OutcomeUnknown(id=submissions[0].id)))

        command = self._station.verbs.submit(submissions)
        if not self._station.line.ask([command], answered, lost, now):
            self._reply(event, _refusal(RedisUnreachable(url=shown, reason="the worker is not connected")))

    def _reply(self, event: Asked, reply: dict[str, object]) -> None:
        held = self._station.claims.get((event.id, event.fence))
        if held is not None:
            self._crew.answer(held, event.token, reply)


def _read(request: Mapping[str, Any]) -> list[Submission]:
    said = request.get("submit")
    if not isinstance(said, list) or not 0 < len(said) <= MOST:
        raise UsageError(f"a job may ask its worker to submit a list of 1 to {MOST} jobs, and nothing else")
    return [_submission(one) for one in said]


def _submission(said: Any) -> Submission:
    try:
        numbers: dict[str, Any] = {name: _number(said[name]) for name in _NUMBERS if said.get(name) is not None}
        submission = Submission(
            id=str(said["id"]),
            task=str(said["task"]),
            body=str(said["body"]).encode(),
            queue=str(said.get("queue", "default")),
            priority=min(9, max(0, int(said.get("priority", 5)))),
            key=str(said.get("key") or ""),
            if_exists=IfExists(said.get("if_exists", IfExists.RETURN)),
            unique=str(said.get("unique") or ""),
            secrets=str(said.get("secrets") or "").encode(),
            after=tuple(map(str, said.get("after") or ())),
            **numbers,
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UsageError(f"not a submission: {error!r}") from error
    for name in (submission.id, submission.task, *submission.after):
        if not is_name(name):
            raise UsageError(f"{name!r} is no name")
    if not is_queue(submission.queue):
        raise UsageError(f"{submission.queue!r} is no name")
    for key in (submission.key, submission.unique):
        if key and not is_name(key):
            raise UsageError(f"key {key!r} is no name")
    return submission


def _number(said: Any) -> int:
    """A time in milliseconds, or a count. Raises ValueError for one that would overflow dates."""
    number = int(said)
    if not 0 <= number <= 2 * LONGEST * 1000:
        raise ValueError(f"{said!r:.40} is out of range")
    return number


def _refusal(error: QctlError) -> dict[str, object]:
    return {"error": str(error), "exit_code": error.exit_code, "help": error.advice}
