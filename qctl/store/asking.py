"""Reads that know no connection: who asks for commands is sent their answers, side by side with others."""

from __future__ import annotations

from qctl.errors import QctlError
from qctl.store.refusals import WrongType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any, TypeVar

    from qctl.store.command import Command
    from qctl.store.store import Store

    T = TypeVar("T")
    #: Asks for commands, is sent their answers, and returns what it was after. None answers for a key of another type.
    Asking = Generator[Sequence[Command[Any]], Sequence[Any], T]


def alongside(*askings: Asking[Any]) -> Asking[list[Any]]:
    """Several at a time, in as many round trips as the longest of them takes."""
    results: list[Any] = [None] * len(askings)
    wanted = {at: commands for at, one in enumerate(askings) if (commands := _next(one, None, results, at)) is not None}
    while wanted:
        answers = iter((yield [command for commands in wanted.values() for command in commands]))
        told = {at: [next(answers) for _ in commands] for at, commands in wanted.items()}
        wanted = {
            at: commands for at, said in told.items() if (commands := _next(askings[at], said, results, at)) is not None
        }
    return results


def carry_out(store: Store, asking: Asking[T]) -> T:
    """Carry out what somebody asks for until he has it. Raises the first refusal among the answers."""
    return converse(asking, lambda commands: [_sound(answer) for answer in store.ask_all(commands)])


def converse(asking: Asking[T], exchange: Callable[[Sequence[Command[Any]]], Sequence[Any]]) -> T:
    """Answer what somebody asks for by an `exchange` until he has it. Raises as that."""
    answers: Sequence[Any] | None = None
    while True:
        try:
            commands = asking.send(answers)  # type: ignore[arg-type]  # the first thing that is sent is None
        except StopIteration as end:
            found: T = end.value
            return found
        answers = exchange(commands)


def _next(asking: Asking[Any], said: Any, results: list[Any], at: int) -> Sequence[Command[Any]] | None:
    """What one asks for next; None if it has what it was after, which is then the result at its place."""
    try:
        return asking.send(said)
    except StopIteration as end:
        results[at] = end.value
        return None


def _sound(answer: Any) -> Any:
    if isinstance(answer, WrongType):
        return None
    if isinstance(answer, QctlError):
        raise answer
    return answer
