"""What `qctl check` and `qctl init` print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qctl.config import describe, list_tasks, load
from qctl.config.formats import as_record, render_github, render_sarif
from qctl.config.keys import every_key, markdown
from qctl.config.report import Report, check, check_report, render_problem, render_text
from qctl.config.template import init
from qctl.errors import Refused
from tests.unit.config_files import Files

BAD = """\
[tasks.good]
run = "true"

[tasks.backup-db]
run = "/usr/local/bin/backup.sh"
schedul = "30 2 * * *"

[tasks.clean]
run = "true"
max_running = 1
schedule = "75 * * * *"
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def report(files: Files) -> Report:
    return check(files.write(BAD), {}, str(files.folder))


@pytest.mark.parametrize("root", ["qctl", "routes", "queues", "defaults", "tasks", "workflows", "notify"])
@pytest.mark.parametrize("value", ["3", "'x'", "true", "[]", "[{}]", "nan", "2026-11-22", "{ a = { b = { c = 1 } } }"])
def test_a_table_of_any_wrong_kind_is_told_of_and_no_bug(files: Files, root: str, value: str) -> None:
    report = check(files.write(f"{root} = {value}\n"), {}, str(files.folder))

    assert (report.errors > 0, report.exit_code()) == (True, 78)
    assert f"`{root}`" in render_text(report, str(files.folder)) or root in report.problems[0].path


class TestText:
    def test_a_problem_shows_its_line_a_caret_and_the_way_out(self, files: Files, report: Report) -> None:
        """The form of a problem, to the letter."""
        assert (
            render_text(report, str(files.folder))
            == """\
error[Q014]: unknown key `schedul` in task `backup-db`
 ┌─ tasks.toml:6:1
 │
4│ [tasks.backup-db]
5│ run = "/usr/local/bin/backup.sh"
6│ schedul = "30 2 * * *"
 │ ^^^^^^^ did you mean `schedule`?
 │
  = help: qctl help Q014

error[Q021]: bad cron expression: minute 75 is out of range 0-59
  ┌─ tasks.toml:11:13
  │
 9│ run = "true"
10│ max_running = 1
11│ schedule = "75 * * * *"
  │             ^^ every 75 minutes is `every 75m`
  │

tasks.toml: 2 errors. 1 of 3 tasks usable
"""
        )

    def test_a_file_that_is_refused_says_that_nothing_was_loaded(self, files: Files) -> None:
        text = render_text(check(files.write("[tasks.t]\nrun = = 1\n"), {}, "/"))

        assert text.endswith("tasks.toml: 1 error. Nothing was loaded\n")
        assert "2│ run = = 1\n │       ^" in text

    def test_a_clean_file_says_so(self, files: Files) -> None:
        report = check(files.write('[tasks.t]\nrun = "true"'), {}, "/")

        assert render_text(report, str(files.folder)) == "tasks.toml: no problems. 1 of 1 task usable\n"
        assert report.exit_code(strict=True) == 0

    def test_no_file_at_all_says_how_to_make_one(self, tmp_path: Path) -> None:
        report = check(None, {"HOME": str(tmp_path)}, str(tmp_path))

        assert report.exit_code() == 78
        assert "= help: qctl init" in render_text(report)

    def test_the_caret_keeps_its_place_under_tabs_wide_and_long_lines(self, files: Files) -> None:
        long = "x" * 300
        config = files.load(
            f"[tasks]\na = {{ doc = '漢字\t{long}', run = 'true', unknwn = 1 }}\n[tasks.b]\n\tnoo = 1\n"
        )

        for problem in config.problems[:1] + config.problems[-1:]:
            lines = render_problem(problem).split("\n")
            (caret,) = [line for line in lines if "^" in line]
            shown = lines[lines.index(caret) - 1]
            column = caret.index("^")
            assert shown[column:].startswith(("unknwn", "noo"))
            assert len(shown) < 140

    def test_a_password_is_hidden_and_the_caret_keeps_its_place(self, files: Files) -> None:
        """Attack 34: what builds print is read by many."""
        secret = "redis://ada:hu/sh@hush@db1/x?sentinel_password=hush"
        file = files.write(f"[qctl]\nredis = '{secret}'\nnamespace = 'a b'\n")

        text = render_text(check(file, {}, str(files.folder)), str(files.folder))

        assert text.count("redis://ada:**********@db1/x?sentinel_password=****'") == 2
        assert " " * 9 + "^" * (len(secret) + 2) in text
        assert "hush" not in text

    def test_escapes_of_a_terminal_do_not_pass(self, files: Files) -> None:
        text = render_problem(files.broken("[tasks.t]\nrun = 'a'\nnope = 1 # \u202e\u200b\n"))

        assert "\u202e" not in text


class TestExitCode:
    def test_warnings_count_only_when_strict(self, files: Files) -> None:
        """R12."""
        report = check_report(files.load('[tasks.t]\nrun = "true"\ncwd = "/nowhere"'))

        assert (report.errors, report.warnings) == (0, 1)
        assert (report.exit_code(), report.exit_code(strict=True)) == (0, 78)

    def test_errors_always_count(self, report: Report) -> None:
        assert report.exit_code() == 78


class TestPrograms:
    def test_json(self, files: Files, report: Report) -> None:
        said = json.loads(json.dumps(as_record(report)))

        assert (said["schema"], said["errors"], said["tasks"]) == ("qctl.check/1", 2, {"declared": 3, "usable": 1})
        assert said["problems"][0] == {
            "code": "Q014",
            "severity": "error",
            "message": "unknown key `schedul` in task `backup-db`",
            "file": f"{files.folder}/tasks.toml",
            "line": 6,
            "column": 1,
            "width": 7,
            "note": "did you mean `schedule`?",
            "help": "qctl help Q014",
            "suggestion": "schedule",
            "task": "backup-db",
        }

    def test_sarif(self, files: Files, report: Report) -> None:
        said = json.loads(render_sarif(report, "0.1.0", str(files.folder)))

        (run,) = said["runs"]
        assert said["version"] == "2.1.0"
        assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["Q014", "Q021"]
        (first, _) = run["results"]
        assert (first["ruleId"], first["level"]) == ("Q014", "error")
        where = first["locations"][0]["physicalLocation"]
        assert where["artifactLocation"]["uri"] == "tasks.toml"
        assert where["region"] == {"startLine": 6, "startColumn": 1, "endColumn": 8}

    def test_github(self, files: Files, report: Report) -> None:
        lines = render_github(report, str(files.folder)).splitlines()

        assert lines[0] == (
            "::error file=tasks.toml,line=6,col=1,title=Q014"
            "::unknown key `schedul` in task `backup-db` (did you mean `schedule`?)"
        )

    def test_github_takes_a_line_break_as_an_escape(self, files: Files) -> None:
        files.write("[", "odd,name:.toml")
        report = check(str(files.folder / "odd,name:.toml"), {}, "/")

        assert "file=" in render_github(report)
        assert "odd%2Cname%3A.toml" in render_github(report)


class TestInit:
    def test_what_it_writes_is_clean_and_works_as_it_stands(self, tmp_path: Path) -> None:
        path = init(str(tmp_path))

        report = check(path, {}, "/")
        assert (report.problems, report.usable) == ((), 2)

    def test_it_never_overwrites(self, tmp_path: Path) -> None:
        path = init(str(tmp_path))
        Path(path).write_text("mine")

        with pytest.raises(Refused, match="exists"):
            init(str(tmp_path))
        assert Path(path).read_text() == "mine"


class TestTasks:
    def test_the_list_holds_broken_tasks_too(self, files: Files) -> None:
        records = list_tasks(load(files.write(BAD)))

        assert [(record["name"], record["usable"]) for record in records] == [
            ("backup-db", False),
            ("clean", False),
            ("good", True),
        ]
        assert records[0]["problem"]["place"].endswith("tasks.toml:6:1")

    def test_a_tag_selects(self, files: Files) -> None:
        config = files.load('[tasks.a]\nrun = "a"\ntags = "x"\n[tasks.b]\nrun = "b"')

        assert [record["name"] for record in list_tasks(config, tag="x")] == ["a"]

    def test_a_description_is_json_and_never_tells_a_secret(self, files: Files) -> None:
        config = files.load("""
            [tasks.t]
            exec = ["a", "{n}"]
            params.n = { type = "int", max = 9 }
            params.pin = { secret = true, default = "hunter2" }
        """)

        record: dict[str, Any] = describe(config, config.task("t"))

        assert "hunter2" not in json.dumps(record)
        assert record["params"][0]["expects"] == "a whole number up to 9"
        assert (record["queue"], record["command"]) == ("default", ["a", "{n}"])


def test_the_table_for_the_readme_has_a_row_for_every_key() -> None:
    rows = markdown().splitlines()

    assert len(rows) == 2 + len(list(every_key()))
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
    assert "| tasks.NAME | `nice` | int | none | added to its niceness |" in rows


def test_the_readme_shows_that_table() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()

    shown = readme.partition("qctl/config/keys.py -->\n")[2].partition("<!-- end -->")[0]

    assert shown == markdown(), f"put this between the marks in README.md:\n{markdown()}"


def test_a_name_that_holds_a_line_end_or_an_escape_stands_on_one_line(files: Files) -> None:
    """Attack 31: the name in a problem's first line drives no terminal."""
    (problem,) = load(files.write('[tasks."a\\nb\\u001b[31m"]\nrun = "true"\n')).problems

    assert render_problem(problem).startswith("error[Q017]: `a^Jb^[[31m` is no name for a task\n")
