"""Each protection is played twice: with it nothing goes wrong, without it something does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.protections import SCENES, Stage
from tests.support.mutations import PROTECTIONS, without

Stages = Callable[..., Stage]


@pytest.fixture
def stages(tmp_path: Path, redis_url: str, namespace: str) -> Iterator[Stages]:
    """`stages(*without)` sets up an empty stage; it is cleared away after the test."""
    built: list[Stage] = []

    def build(*names: str) -> Stage:
        folder = tmp_path / str(len(built))
        folder.mkdir()
        built.append(Stage(folder, redis_url, f"{namespace}s{len(built)}", names))
        return built[-1]

    yield build
    for stage in built:
        stage.close()


def test_there_is_a_scene_for_each_protection_and_no_other() -> None:
    assert SCENES.keys() == PROTECTIONS.keys()


@pytest.mark.parametrize("name", PROTECTIONS)
def test_with_it_nothing_goes_wrong_and_without_it_something_does(stages: Stages, name: str) -> None:
    assert list(SCENES[name](stages())) == []
    with without(PROTECTIONS[name].parts):
        stage = stages(name)
        harm = list(SCENES[name](stage))
        stage.close()
    assert harm, f"without this protection nobody sees that {PROTECTIONS[name].against}"
