"""Everybody is measured in turn, in the best of its ways, and who fails is left out and named."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, cast

from tests.bench.measures.measure import FULL, TRIAL, Contestant, Effort, Field, Measure, Sample
from tests.bench.peers.peer import Variant
from tests.bench.rounds import take
from tests.unit.bench.found import RATE

WAYS = (Variant("usual", ()), Variant("quickest", ()), Variant("odd", ()))


class Played(Contestant):
    """One whose values are known, and who writes down when it was its turn."""

    def __init__(self, name: str, log: list[str], rates: dict[str, float], fails_after: int = 99) -> None:
        self.name, self.ways = name, WAYS[: len(rates)]
        self._log, self._rates, self._left = log, rates, fails_after

    def sample(self, way: Variant, effort: Effort) -> Sample:
        if effort is TRIAL:
            return {"rate": self._rates[way.label]}
        self._log.append(self.name)
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("it has ended")
        return {"rate": self._rates[way.label]}


class Play(Measure):
    """A measure of these."""

    name = "play"
    figures = (RATE,)

    def __init__(self, *contestants: Contestant) -> None:
        self._contestants = list(contestants)

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return self._contestants


def played(*contestants: Contestant, rounds: int = 3) -> Any:
    return take(Play(*contestants), cast(Field, None), rounds, FULL, lambda text: None)


def test_rounds_begin_with_another_one_each_time() -> None:
    log: list[str] = []
    played(Played("a", log, {"usual": 1.0}), Played("b", log, {"usual": 2.0}))
    assert log == ["a", "b", "b", "a", "a", "b"]


def test_the_best_of_a_peers_ways_is_measured_and_named() -> None:
    taken = played(Played("a", [], {"usual": 1.0, "quickest": 3.0, "odd": 2.0}))
    assert taken.ways == {"a": "quickest"}
    assert taken.values == {"rate": {"a": [3.0, 3.0, 3.0]}}


def test_who_fails_is_left_out_with_all_its_values_and_the_others_go_on() -> None:
    taken = played(Played("a", [], {"usual": 1.0}, fails_after=1), Played("b", [], {"usual": 2.0}))
    assert taken.values == {"rate": {"b": [2.0, 2.0, 2.0]}}
    assert taken.failed == {"a": "it has ended"}
