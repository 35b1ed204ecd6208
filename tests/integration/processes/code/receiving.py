"""Tasks that say what they were given."""

from __future__ import annotations

import os
from typing import Any

from qctl import current


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
        with open(os.path.join(current.run_dir, "retry"), "w"):
            os.kill(os.getpid(), 0)
        raise ValueError("no two")
    return number


def unjsonable() -> object:
    return object()
