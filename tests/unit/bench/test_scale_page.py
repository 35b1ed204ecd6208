"""What `python -m tests.bench.scale --readme` writes into the README."""

from __future__ import annotations

import re

import pytest

from tests.bench.scale import readme
from tests.bench.scale.__main__ import main
from tests.bench.scale.cluster import Shares
from tests.bench.scale.model import Costs, Row, jobs_per_second
from tests.bench.scale.trials import Calls, Deaths, FleetFigures, Rest, Restart, Work

COSTS = Costs(
    [Row(0, 50.0, 90.0, 1000.0, 1200.0, 400.0), Row(10_240, 150.0, 190.0, 12_000.0, 12_000.0, 25_000.0)],
    {1: 250.0, 4: 150.0, 16: 110.0, 64: 90.0},
)
FLEET = FleetFigures(
    Rest(10, 0.3, 0.75, 20, 17_000.0),
    Rest(200, 5.0, 0.75, 401, 17_000.0, 0.06),
    Calls(200, 12.0, 53.0, 1.0, 3.0, 133),
    Work(20_000, 5000.0, 60.0, 76, 100.0, 122, 0),
    Restart(200, 0.2, 5.0, 6.0, 10),
    Deaths(50, 100, 0.1, 0.5, 3.0, 9.0, 0, 0),
)
FIGURES = readme.Figures(COSTS, Shares({"a": [55.0, 0.5, 0.6], "b": [0.4, 68.0, 0.6]}), FLEET)


def test_the_page_says_what_was_measured_and_what_follows_from_it() -> None:
    said = readme.page(FIGURES)
    assert "hundreds at a time | 50 us, and 10 us for each KB of its argument and of its result | 14,000/s" in said
    assert "| 0.03 % of a core, two connections of 17 KB | 0.75 scripts a second |" in said
    assert "`jobs/s = (0.7 - 0.0003 x workers) / (Redis per job)`" in said
    assert "Jobs of a second: 80/s, 2 % of a core. Jobs of 100 ms:\n  800/s, 20 % of a core." in said
    assert "Jobs of 100 ms: 8,000/s, more than one primary carries; 2,700/s\n  is where it ends." in said
    assert "(55 to 68 us for a job, on the others 0.6)" in said
    assert "| 20,000 jobs of 5 ms | 76 to 122 for each worker, none begun twice |" in said
    assert "{" not in said


def test_the_more_workers_wait_the_fewer_jobs_a_primary_carries() -> None:
    assert jobs_per_second(100.0) == pytest.approx(7000)
    assert jobs_per_second(100.0, 1000, 0.03) == pytest.approx(4000)
    assert jobs_per_second(100.0, 10_000, 0.03) == 0


def test_the_readme_has_a_place_for_the_page_and_its_rows() -> None:
    text = readme.README.read_text()
    assert readme.written(text, "new") != text
    there = text.partition(readme.OPEN)[2].partition(readme.CLOSE)[0]
    rows = [re.split(r" \| ", row)[0] for row in readme.page(FIGURES).splitlines() if row.startswith("| ")]
    assert [row for row in rows if re.sub(r"^\| [\d,]+", "", row) not in there] == []


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"README\.md has no"):
        readme.written("nothing", "page")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["modle"], "there is no part `modle`: model, cluster, fleet"),
        (["model", "--readme"], "--readme takes all parts"),
    ],
)
def test_a_slip_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert said in capsys.readouterr().err
