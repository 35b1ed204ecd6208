"""Tasks that say what they were given."""

from __future__ import annotations

import os
from typing import Any

from qctl import current
from qctl.model.workflow.tree import Chain, Group, Step

REPLACEMENTS = {
    "chain": Chain(elements=(Step(task="times", args=(4,)), Step(task="first"))),
    "step": Step(task="times", args=(4,)),
    "empty": Chain(elements=()),
    "strange": Step(task="nobody"),
    "group": Group(members=(Step(task="first", args=(1,)), Step(task="first", args=(2,)))),
}


def first(received: Any, suffix: str = "!") -> list[Any]:
    return [received, suffix]


def kind_of(received: Any) -> str:
    return type(received).__name__


def times(number: int, factor: int = 2) -> int:
    return number * factor


def everything(a: Any, *rest: Any, **named: Any) -> list[Any]:
    return [a, list(rest), named]


def anything(*args: Any) -> list[Any]:
    return list(args)


async def waits(number: int) -> int:
    return number + 1


def nothing() -> str:
    return os.environ.get("QCTL_INPUT", "no input")


def stops_at(number: int) -> int:
    if number == 2:
        raise ValueError("no two")
    return number


def gives_up() -> None:
    raise current.stop("nothing new")


def replaced(by: str) -> None:
    raise current.replace(REPLACEMENTS[by])


def tells(total: int) -> None:
    for number in range(1, total + 1):
        current.update_state(meta={"current": number, "total": total, "at": "ü"})
    current.progress(0.75, "nearly")


def unjsonable() -> object:
    return object()
