"""An act on many jobs goes in several calls: what is told where Redis refuses one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from qctl.client.acting import SomeDone, in_batches
from qctl.store import Command, Store
from qctl.store.refusals import RedisFull


class Full:
    """A store that takes one call, and has no room for another."""

    def __init__(self) -> None:
        self.calls = 0

    def do(self, command: Command[Any]) -> Any:
        self.calls += 1
        if self.calls > 1:
            raise RedisFull(url="r")
        return ["OK"] * len(command.words)


def act(count: int) -> list[str]:
    def verb(ids: Sequence[str]) -> Command[list[str]]:
        return Command(tuple(ids), list)

    return in_batches(cast("Store", Full()), [f"job{n}" for n in range(count)], verb)


def test_it_says_how_many_were_seen_to_before_and_what_makes_room() -> None:
    assert act(500) == ["OK"] * 500
    with pytest.raises(SomeDone, match="500 of 1,200 jobs were seen to, not job500 and those after it: ") as told:
        act(1200)
    assert told.value.exit_code == 75
    assert told.value.advice.startswith("qctl doctor ")
