"""What may be typed after `python -m tests.bench`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.__main__ import arguments
from tests.bench.measures import MEASURES
from tests.bench.peers import PEERS, PYTHON_PEERS, QUEUE_PEERS


def test_without_a_word_everything_is_measured() -> None:
    given = arguments([])
    assert set(given.peers) == {"celery", "huey", "dramatiq", "rq", "taskiq", "saq", "bullmq", "task-spooler", "xargs"}
    assert len(given.measures) == len(MEASURES)
    assert (given.rounds, given.runs, given.quick, given.choose, given.json) == (3, 1, False, False, None)


def test_peers_and_measures_are_chosen_by_name() -> None:
    given = arguments(["--peers", "huey, rq", "--measures", "drain", "--rounds", "5", "--json", "x.json"])
    assert (given.peers, given.measures, given.rounds, given.json) == (("huey", "rq"), ("drain",), 5, Path("x.json"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--peers", "sidekiq"], "there is no peer `sidekiq`: celery, huey"),
        (["--measures", "speed"], "there is no measure `speed`: drain, payload"),
        (["--rounds", "0"], "--rounds 0: at least one"),
        (["--runs", "0"], "--runs 0: at least one"),
        (["--json", "nowhere/x.json"], "nowhere/x.json: there is no folder nowhere"),
        (["--load", "nothing.json"], "No such file or directory: 'nothing.json'; `--json nothing.json` keeps"),
    ],
)
def test_a_slip_is_named_with_what_there_is(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        arguments(words)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err


def test_every_bar_names_contestants_that_there_are() -> None:
    known = {*PEERS, "python3 -c pass", "celery call", "five commands"}
    named = {name for each in MEASURES for figure in each().figures for bar in figure.bars for name in bar.against}
    assert named <= known
    assert set(PYTHON_PEERS) < set(QUEUE_PEERS) < set(PEERS)


def test_every_figure_of_the_bench_has_a_name_of_its_own() -> None:
    names = [figure.name for each in MEASURES for figure in each().figures]
    assert len(names) == len(set(names))
