"""What running jobs ask their worker for, so that no job ever holds a Redis URL.

`{"submit": [submission, …]}` (`model.submission_json`) is answered by `{"submitted": [[answer, id], …]}`,
`{"extend": extension}` by `{"extended": answer}`; whatever cannot be done by `{"error": …, "exit_code": …}`.
"""

from __future__ import annotations

from qctl.classes import dataclass, replace
from qctl.engine.vetting import vetted
from qctl.errors import OutcomeUnknown, QctlError, RedisUnreachable, UsageError
from qctl.model.submission_json import read_extension, read_submission
from qctl.model.workflow.node_names import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final

    from qctl.engine.claims import Held
    from qctl.engine.crew import Crew
    from qctl.engine.processes.events import Asked
    from qctl.engine.station import Station
    from qctl.model.submission import Submission
    from qctl.store import Command
    from qctl.store.taken import Submitted
    from qctl.store.workflow_values import Extended

MOST: Final = 1000  #: submissions in one question


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the store in a job's place."""

    turns: Sequence[Sequence[Command[Any]]]  #: commands in one round trip each, one after the other
    told: Callable[[Any], dict[str, object]]  #: what the job is told of the last answer
    unknown: QctlError  #: and if the connection breaks


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
            wish = self._extend(event, held) if "extend" in event.request else self._submit(event, held)
        except QctlError as error:
            self._reply(event, _refusal(error))
        else:
            self._ask(event, wish, now)

    def _submit(self, event: Asked, held: Held) -> Wish:
        submissions = [vetted(one, held, self._station) for one in _read(event.request)]
        verbs = self._station.verbs
        turns: list[Sequence[Command[Any]]] = [verbs.uploads(submissions), [verbs.submit(submissions)]]
        return Wish(turns, _submitted, OutcomeUnknown(id=submissions[0].id))

    def _extend(self, event: Asked, held: Held) -> Wish:
        """A job adds members to a group of its own workflow alone."""
        parts, said = parts_of(held.claim.id), event.request["extend"]
        if parts is None:
            raise UsageError("this job is no step of a workflow, and within no group")
        asked = read_extension(parts[0], said)
        nodes = [replace(node, job=node.job and vetted(node.job, held, self._station)) for node in asked.nodes]
        asker = (held.worker, held.claim.id, held.claim.fence)
        command = self._station.verbs.extend(parts[0], asked.group, nodes, asked.heads, asked.token, asker=asker)
        return Wish([[command]], _extended, OutcomeUnknown(id=held.claim.id))

    def _ask(self, event: Asked, wish: Wish, now: float) -> None:
        """Take the first turn of a wish, and the next when it was answered: one may have to find what another left."""
        commands, *rest = filter(None, wish.turns)

        def answered(answers: list[Any]) -> None:
            if refusal := next((said for said in answers if isinstance(said, QctlError)), None):
                self._reply(event, _refusal(refusal))
            elif rest:
                self._ask(event, replace(wish, turns=rest), self._station.clock())
            else:
                self._reply(event, wish.told(answers[-1]))

        def lost() -> None:
            self._reply(event, _refusal(wish.unknown))

        if not self._station.line.ask(commands, answered, lost, now):
            error = RedisUnreachable(url="the worker's Redis", reason="the worker is not connected")
            self._reply(event, _refusal(error))

    def _reply(self, event: Asked, reply: dict[str, object]) -> None:
        held = self._station.claims.get((event.id, event.fence))
        if held is not None:
            self._crew.answer(held, event.token, reply)


def _read(request: Mapping[str, Any]) -> list[Submission]:
    said = request.get("submit")
    if not isinstance(said, list) or not 0 < len(said) <= MOST:
        raise UsageError(f"a job may ask its worker to submit a list of 1 to {MOST} jobs, and nothing else")
    return [read_submission(one) for one in said]


def _submitted(answer: Sequence[Submitted]) -> dict[str, object]:
    return {"submitted": [[one.taken, one.id] for one in answer]}


def _extended(answer: Extended) -> dict[str, object]:
    return {"extended": answer.value}


def _refusal(error: QctlError) -> dict[str, object]:
    return {"error": str(error), "exit_code": error.exit_code, "help": error.advice}
