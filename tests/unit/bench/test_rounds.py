"""All are measured in turn, in the best of their ways; who is far behind but once, and who fails not at all."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from tests.bench.choices import HOLDS, Choice, Choices
from tests.bench.figures import Figure
from tests.bench.measures.measure import FULL, TRIAL, Contestant, Effort, Field, Measure, Sample, Sized
from tests.bench.peers.peer import Variant
from tests.bench.rounds import take
from tests.unit.bench.found import RATE, WAIT

WAYS = (Variant("usual", ()), Variant("quickest", ()), Variant("odd", ()))


class Played(Contestant):
    """One whose values are known, and who writes down when it was its turn."""

    def __init__(
        self, name: str, log: list[str], rates: dict[str, float], fails_after: int = 99, figure: Figure = RATE
    ) -> None:
        self.name, self.ways = name, WAYS[: len(rates)]
        self._log, self._rates, self._left, self._figure = log, rates, fails_after, figure

    def sample(self, way: Variant, effort: Effort) -> Sample:
        if effort is TRIAL:
            self._log.append(f"try {self.name}")
            return {self._figure.name: self._rates[way.label]}
        self._log.append(self.name)
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("it has ended")
        return {self._figure.name: self._rates[way.label]}


class Grown(Played, Sized):
    """One whose samples are as large as it is fast."""

    expected: tuple[str, float] | None = None

    def expect(self, way: Variant, value: float) -> None:
        self.expected = (way.label, value)


class Play(Measure):
    """A measure of these."""

    name = "play"

    def __init__(self, *contestants: Contestant, figure: Figure = RATE) -> None:
        self._contestants = list(contestants)
        self.figures = (figure,)

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return self._contestants


def nothing_chosen(file: Path | None = None, **versions: str) -> Choices:
    return Choices(file, "2 cores", versions)


def played(*contestants: Contestant, rounds: int = 3, choices: Choices | None = None, figure: Figure = RATE) -> Any:
    known = nothing_chosen() if choices is None else choices
    return take(Play(*contestants, figure=figure), cast(Field, None), rounds, FULL, lambda text: None, known)


def test_rounds_begin_with_another_one_each_time() -> None:
    log: list[str] = []
    played(Played("qctl", log, {"usual": 1.0}), Played("quick", log, {"usual": 2.0}))
    assert log == ["qctl", "quick", "quick", "qctl", "qctl", "quick"]


def test_the_best_of_a_peers_ways_is_measured_and_named() -> None:
    taken = played(Played("quick", [], {"usual": 1.0, "quickest": 3.0, "odd": 2.0}))
    assert taken.ways == {"quick": "quickest"}
    assert taken.values == {"rate": {"quick": [3.0, 3.0, 3.0]}}


def test_who_fails_is_left_out_with_all_its_values_and_the_others_go_on() -> None:
    taken = played(Played("qctl", [], {"usual": 1.0}, fails_after=1), Played("quick", [], {"usual": 2.0}))
    assert taken.values == {"rate": {"quick": [2.0, 2.0, 2.0]}}
    assert taken.failed == {"qctl": "it has ended"}


def test_who_decides_no_bar_has_the_first_round_alone() -> None:
    """`slow` is a bar's only opponent, however far behind; `third` is no bar's, however near."""
    taken = played(
        *(
            Played(name, [], {"usual": rate})
            for name, rate in (("qctl", 9.0), ("quick", 4.0), ("slow", 1.0), ("third", 8.0))
        )
    )
    assert {name: len(found) for name, found in taken.values["rate"].items()} == {
        "qctl": 3,
        "quick": 3,
        "slow": 3,
        "third": 1,
    }


@pytest.mark.parametrize(("slow", "rounds"), [(133.0, 3), (134.0, 1)])
def test_who_is_within_a_quarter_of_the_best_is_measured_as_often_as_that(slow: float, rounds: int) -> None:
    """Where less is better: the best has three quarters of what `slow` has."""
    values = {"qctl": 90.0, "quick": 100.0, "slow": slow}
    taken = played(*(Played(name, [], {"usual": value}, figure=WAIT) for name, value in values.items()), figure=WAIT)
    assert {name: len(found) for name, found in taken.values["wait"].items()} == {"qctl": 3, "quick": 3, "slow": rounds}


def test_a_choice_is_kept_for_the_next_run(tmp_path: Path) -> None:
    log: list[str] = []
    rates = {"usual": 1.0, "quickest": 3.0}
    played(Played("quick", log, rates), rounds=1, choices=nothing_chosen(tmp_path / "ways"))
    assert log == ["try quick", "try quick", "quick"]
    taken = played(Played("quick", log, rates), rounds=1, choices=nothing_chosen(tmp_path / "ways"))
    assert log[3:] == ["quick"]
    assert taken.ways == {"quick": "quickest"}


def test_a_choice_is_made_anew_for_another_version_other_ways_or_when_it_is_told_to(tmp_path: Path) -> None:
    file = tmp_path / "ways"
    kept = nothing_chosen(file, quick="1.0")
    kept.keep("drain", "quick", WAYS, Choice("odd", 5.0, time.time()))
    assert nothing_chosen(file, quick="1.0").of("drain", "quick", WAYS) == kept.of("drain", "quick", WAYS)
    assert nothing_chosen(file, quick="1.1").of("drain", "quick", WAYS) is None
    assert nothing_chosen(file, quick="1.0").of("payload", "quick", WAYS) is None
    assert nothing_chosen(file, quick="1.0").of("drain", "quick", WAYS[:2]) is None
    assert Choices(file, "4 cores", {"quick": "1.0"}).of("drain", "quick", WAYS) is None
    assert Choices(file, "2 cores", {"quick": "1.0"}, anew=True).of("drain", "quick", WAYS) is None


def test_a_choice_holds_for_a_day(tmp_path: Path) -> None:
    kept = nothing_chosen(tmp_path / "ways")
    kept.keep("drain", "quick", WAYS, Choice("odd", 5.0, time.time() - HOLDS + 60))
    assert kept.of("drain", "quick", WAYS) is not None
    kept.keep("drain", "quick", WAYS, Choice("odd", 5.0, time.time() - HOLDS - 1))
    assert kept.of("drain", "quick", WAYS) is None


def test_one_that_is_sized_by_its_speed_is_told_what_it_gave_when_it_was_tried(tmp_path: Path) -> None:
    for _ in range(2):
        grown = Grown("quick", [], {"usual": 7.0})
        played(grown, rounds=1, choices=nothing_chosen(tmp_path / "ways"))
        assert grown.expected == ("usual", 7.0)


def test_what_is_chosen_on_a_busy_machine_holds_for_this_run_alone(tmp_path: Path) -> None:
    busy = nothing_chosen(tmp_path / "ways")
    busy.is_calm = False
    busy.keep("drain", "quick", WAYS, Choice("odd", 5.0, time.time()))
    busy.is_calm = True
    busy.keep("drain", "slow", WAYS, Choice("odd", 5.0, time.time()))
    assert busy.of("drain", "quick", WAYS) is not None
    later = nothing_chosen(tmp_path / "ways")
    assert later.of("drain", "quick", WAYS) is None
    assert later.of("drain", "slow", WAYS) is not None


def test_a_way_that_is_far_behind_in_its_first_try_gets_no_other() -> None:
    log: list[str] = []
    played(Grown("quick", log, {"usual": 4.0, "quickest": 8.0, "odd": 3.9}), rounds=1)
    assert log == ["try quick"] * 5 + ["quick"]
