"""What the bench prints, draws, keeps and writes into the README."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import readme
from tests.bench.chart import WIDTH, chart
from tests.bench.findings import read
from tests.bench.report import number, report, side_by_side
from tests.unit.bench.found import IDLE, RATE, findings

SVG = "{http://www.w3.org/2000/svg}"


def test_the_report_names_each_bar_with_its_ratio_and_who_was_left_out() -> None:
    said = report(findings())
    assert "4.50 (4.17 to 5.00) times quick: met (at least 4 times the fastest peer)" in said
    assert "20.0 (18.0 to 22.0) times slow: MISSED (at least 25 times slow)" in said
    assert "not measured (at least 1.2 times away)" in said
    assert "left out: away: pip: no such thing" in said
    assert "left out of drain: third: at once" in said
    assert said.endswith("2 bars met, 1 missed, 1 without anybody to compare with")


def test_the_report_says_that_others_used_the_machine() -> None:
    quiet = findings()
    quiet.load = [0.1, 0.4]
    assert "busy" not in report(quiet)
    assert "the machine was busy: up to 0.6 processes of others wanted a core; measure again" in report(findings())


def test_the_report_says_which_way_of_a_peer_was_the_best() -> None:
    assert "quick        220  (200 to 240)            2 processes" in report(findings())


@pytest.mark.parametrize(("value", "said"), [(12_345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (0.123, "0.12")])
def test_a_number_has_the_digits_that_count(value: float, said: str) -> None:
    assert number(value) == said


def test_the_chart_has_a_bar_for_everybody_as_long_as_its_value() -> None:
    root = ElementTree.fromstring(chart(findings()))
    widths = [float(bar.get("width", "0")) for bar in root.iter(f"{SVG}rect") if "bar" in bar.get("class", "")]
    assert widths == pytest.approx([widths[0], widths[0] * 0.22, widths[0] * 0.05], abs=0.1)
    said = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert said == ["drain of noop jobs", "jobs/s, longer is better", "qctl", "1,000", "quick", "220", "slow", "50.0"]


def test_the_chart_stays_within_its_picture() -> None:
    root = ElementTree.fromstring(chart(findings()))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert width == WIDTH
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "0")) < width / 2
        assert 0 < float(text.get("y", "0")) < height


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    findings().write(tmp_path / "found.json")
    again = read(tmp_path / "found.json", {"drain": (RATE,), "idle": (IDLE,)})
    assert again == findings()


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match=r"other\.json is no file that `--json` has written"):
        read(tmp_path / "other.json", {})


def test_picture_and_table_go_between_its_marks_and_nothing_else_changes() -> None:
    page = f"before\n{readme.OPEN}old\n{readme.CLOSE}\nafter\n"
    text = readme.written(page, [findings()])
    assert text.startswith(f"before\n{readme.OPEN}")
    assert text.endswith(f"{readme.CLOSE}\nafter\n")
    assert "old" not in text
    assert "\n\n![qctl beside its peers: `drain of noop jobs`](.github/screens/bench.svg)\n\n" in text
    assert "| drain of `noop` jobs | 1,000 jobs/s | quick: 220 | 4.50 (4.17 to 5.00) |" in text
    assert "| idle worker | 0.20 % of a core | – | – | at most 0.5 % of a core | met |" in text


def test_a_figure_of_which_nothing_is_asked_has_a_row_beside_the_best() -> None:
    found = findings()
    found.taken["drain"].figures = (replace(RATE, bars=()),)
    assert "| drain of `noop` jobs | 1,000 jobs/s | quick: 220 | 4.50 (4.17 to 5.00) | – | |\n" in readme.table([found])
    found.taken["drain"].values["rate"] = {}
    assert "drain of" not in readme.table([found])  # it was not measured yet when the file was kept


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"README\.md has no"):
        readme.written("nothing", [findings()])


def test_the_table_of_several_runs_says_in_how_many_a_bar_was_met() -> None:
    worse = findings()
    worse.taken["drain"].values["rate"]["quick"] = [300.0, 300.0, 300.0]
    said = readme.table([worse, findings()])
    assert "(4.17 to 5.00) | at least 4 times the fastest peer | met in 1 of 2 |" in said
    assert "| met in 2 of 2 |" in said
    assert "on 2 cores, the last of 2 whole runs." in said


def test_several_runs_are_told_side_by_side() -> None:
    worse = findings()
    worse.taken["drain"].values["rate"]["quick"] = [300.0, 300.0, 300.0]
    said = side_by_side([findings(), worse]).splitlines()
    assert " ".join(said[0].split()) == "rate 4.50 met 3.33 MISSED at least 4 times the fastest peer"
    assert said[-1].startswith("run 1: 2 bars met, 1 missed")
    assert "run 2: 1 bars met, 2 missed" in said[-1]


def test_the_report_marks_who_has_one_round_and_says_what_took_how_long() -> None:
    found = findings()
    found.taken["drain"].values["rate"]["slow"] = [50.0]
    found.taken["drain"].took, found.taken["drain"].tried = {"qctl": 3.0, "quick": 9.4}, 20.2
    said = report(found)
    assert "* one round: no bar hangs on it" in said
    assert any(line.split() == ["slow", "50.0", "*"] for line in said.splitlines())
    assert "seconds: 33: drain 12, idle 0, to try the ways 20" in said
