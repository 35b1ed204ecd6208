"""Jobs that are alike: what one was prepared with serves the next, and each is given what is its own."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from qctl.config import Config
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.prepare import Preparation
from qctl.model.call import Call, Kind
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import shell, value

OWN = 'printf "%s\\n" "$QCTL_JOB_ID" "$QCTL_ATTEMPT" "$MARK" "$0" "$@"'


@pytest.fixture
def preparation(tmp_path: Path) -> Preparation:
    tasks = {"run": shell(OWN, "run"), "env": shell("env", "env", env_file=str(tmp_path / "variables"))}
    return Preparation(PoolPlan(config=Config(tasks=tasks), slots=1, directory=str(tmp_path)), str(tmp_path), {})


def frame(call: Call, number: int) -> Frame:
    return Frame(f"job{number}", number, 1, call.encode(), "default")


def test_a_job_that_differs_in_its_words_alone_is_not_read_whole(
    preparation: Preparation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(body: bytes) -> NoReturn:
        raise AssertionError(f"{body!r} was read whole")

    first = preparation.prepare(frame(Call(task="run", args=("a",), by="ops@db1"), 1))
    monkeypatch.setattr(Call, "decode", read)
    second = preparation.prepare(frame(Call(task="run", args=("b", "c"), by="ops@db1"), 2))

    assert (first.words, first.about["QCTL_JOB_ID"]) == (("a",), "job1")
    assert (second.words, second.about["QCTL_JOB_ID"], second.frame.fence) == (("b", "c"), "job2", 2)
    assert second.own == first.own


def test_the_variables_of_a_file_are_read_for_each_job_whatever_its_words(
    preparation: Preparation, tmp_path: Path
) -> None:
    seen = []
    for number in range(3):
        (tmp_path / "variables").write_text(f"A={number}\n")
        seen.append(preparation.prepare(frame(Call(task="env", args=(str(number),)), number)).own)

    assert seen == [{"A": "0"}, {"A": "1"}, {"A": "2"}]


def test_jobs_with_words_are_given_their_own_in_whatever_order_they_come(hire: Hire) -> None:
    """Of two tasks and of commands that are none, with variables of the call and without, one after the other."""
    crew = hire(shell(OWN, "one"), shell(OWN, "two"), adhoc=True)
    marked = {"env": {"MARK": "marked"}}
    calls = [
        ("one", ("a",), {}),
        ("two", ("a",), {}),
        ("one", ("b", ""), {}),
        ("one", ("b",), marked),
        ("two", ('"],"env":{"MARK":"x"},"args":["',), {}),
        ("one", ("c",), {}),
        ("one", (), {}),
        ("two", ("d",), marked),
    ]

    for task, words, more in calls:
        _, attempt, mark, *rest = value(crew.run(task, args=words, **more)).decode().split("\n")
        assert (attempt, mark, rest) == ("1", more.get("env", {}).get("MARK", ""), [task, *words, ""]), words
    for text in ("a", "b"):
        assert value(crew.run("run", kind=Kind.ADHOC, cwd="/", args=("echo", text))).decode() == f"{text}\n"
