"""Workflows of tasks.toml: what keeps one from running is told with its place, and spares the rest of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import BrokenTask, Config, describe, list_tasks
from qctl.config.report import check_report, render_text
from qctl.config.timetable import schedules
from qctl.errors import NotFound
from qctl.model.call import Kind
from qctl.model.workflow.wording import to_text
from tests.unit.config_files import Files

TASKS = """\
[tasks.dump]
run = "dump"
params.db = {}
[tasks.gzip]
run = "gzip"
[tasks.off]
run = "true"
enabled = false
[tasks.bad]
run = "true"
max_running = 0
[tasks.login]
run = "login"
params.token = { secret = true }
[tasks.add]
call = "m:add"
params.x = { type = "int" }
params.y = { type = "int" }
[workflows.good]
pipeline = "dump(db=a) | gzip"
"""
FIRST = TASKS.count("\n") + 1  #: the line after them


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def loaded(files: Files, text: str) -> Config:
    return files.load(TASKS + text)


@pytest.mark.parametrize(
    ("pipeline", "code", "said", "meant", "note"),
    [
        ("gzip | dumpp(db=a)", "Q035", "has a step `dumpp`, which is not declared", "dumpp", "did you mean `dump`?"),
        ("gzip | .godo | gzip", "Q035", "a step `godo`", ".godo", "did you mean `good`?"),
        ("dump | gzip", "Q049", "dump: parameter `db`: is required", "dump", ""),
        ("dump(db=a, dc=b)", "Q049", "parameter `dc`: is not known", "dump", ""),
        ("dump(dc={v})", "Q049", "parameter `dc`: is not known", "dump", ""),
        ("add(x=a, y=1)", "Q049", "`a` is not a whole number", "add", ""),
        ("add(x={v}, y=1)", "", "", "", ""),
        ("add({v}, x{v})", "", "", "", ""),
        ("gzip | add(1, 2)", "Q049", "2 values by place after what it receives", "add", ""),
        ("gzip | add(x=1, y=2)", "Q049", "no free parameter for the value that it receives", "add", ""),
        ("gzip | .add(x=1, y=2)", "", "", "", ""),
        ("gzip | off", "Q049", "task off is disabled", "off", ""),
        ("gzip | bad", "Q049", "task `bad` is declared, but its definition is broken", "bad", ""),
        ("gzip! | gzip", "Q049", "`gzip!` comes after nothing", "gzip", ""),
        ("gzip | [dump(db=b), gzip!]", "Q049", "`gzip!` comes after nothing", "gzip", ""),
        ("gzip | good?", "Q049", "give its steps the mark", "good", ""),
        ("login(token=hush)", "Q034", "the secret `token` of `login` would stand in the file", "login", ""),
        ("login(token={s})", "", "", "", ""),
        ("dump(db=x{s})", "Q049", "parameter `db`: would show a secret", "dump", ""),
        ("dump(db={w})", "Q019", "`{w}` is no parameter of workflow `w`", "{w}", ""),
        ("dump(db={{w}})", "", "", "", ""),
        ("dump(db=@/etc/x)", "Q049", "reads a file of the caller's", "@/etc/x", ""),
        ("dump(db=each(@-))", "Q049", "reads a file of the caller's", "dump", ""),
        ("dump(db=each({v}))", "Q049", "`v` is of type str", "dump", ""),
        ('dump(db=each(["a", 1]))', "Q049", "`1` is not a text", "dump", ""),
        ("dump(db=each({l}))", "", "", "", ""),
        ("dump(db=a) || gzip", "Q048", "expected a task", "|", "one `|`"),
        ("dump(db=a) | [", "Q048", "expected the name of a task", "[", ""),
    ],
)
def test_a_slip_in_a_pipeline_is_told_with_its_place(
    files: Files, pipeline: str, code: str, said: str, meant: str, note: str
) -> None:
    config = loaded(
        files,
        "[workflows.w]\nparams = { v = {}, s = { secret = true }, l = { type = 'list' } }\n"
        f"pipeline = '{pipeline}'\n",
    )

    problems = [problem for problem in config.problems if problem.task == "w"]
    if not code:
        assert (problems, list(config.workflows)) == ([], ["good", "w"])
        return
    (problem,) = problems
    assert (problem.code, said in problem.message, note in problem.note) == (code, True, True), problem
    line = (files.folder / "tasks.toml").read_text().splitlines()[problem.line - 1]
    assert problem.line == FIRST + 2
    assert line[problem.column - 1 :][: problem.width] == meant
    assert list(config.workflows) == ["good"]
    with pytest.raises(BrokenTask):
        config.task("w")


def test_every_slip_is_told_and_each_in_its_own_line_of_a_long_pipeline(files: Files) -> None:
    config = loaded(
        files,
        """
[workflows.w]
pipeline = '''
  dump(db=a)
  | dump(db=b) | dumb
  | dump
'''
on_error = "page"
on_success = "good"
""",
    )

    found = [(problem.code, problem.line - FIRST, problem.column) for problem in config.broken["w"]]
    assert found == [("Q035", 4, 18), ("Q049", 5, 5), ("Q035", 7, 12), ("Q049", 8, 14)]


@pytest.mark.parametrize(
    ("steps", "circles"),
    [
        ({"a": "a"}, {"a": "a → a"}),
        (
            {"a": "b | gzip", "b": "[c, gzip]", "c": "a"},
            {"a": "a → b → c → a", "b": "b → c → a → b", "c": "c → a → b → c"},
        ),
        ({"a": "b", "b": "b | gzip", "c": "gzip"}, {"b": "b → b"}),
    ],
)
def test_a_workflow_is_no_part_of_itself(files: Files, steps: dict[str, str], circles: dict[str, str]) -> None:
    config = loaded(files, "".join(f"[workflows.{name}]\npipeline = '{text}'\n" for name, text in steps.items()))

    told = {str(problem.task): problem.message for problem in config.problems if problem.code == "Q050"}
    assert told == {name: f"workflow `{name}` would contain itself: {way}" for name, way in circles.items()}
    assert set(config.workflows) == {"good", *steps} - {*circles, "a"}


def test_a_workflow_in_the_middle_has_to_take_what_it_receives(files: Files) -> None:
    config = loaded(
        files,
        """
[workflows.inner]
pipeline = "[add(1, 2), gzip] | gzip"
[workflows.between]
pipeline = "inner | gzip"
[workflows.outer]
pipeline = "gzip | between"
""",
    )

    assert list(config.workflows) == ["good", "inner", "between"]
    assert "after what it receives" in config.broken["outer"][0].message


def test_what_modules_may_declare_is_no_slip(files: Files) -> None:
    config = files.load('[qctl]\nmodules = ["ops"]\n[workflows.w]\npipeline = "theirs(1) | more"\non_error = "page"\n')

    assert config.problems == ()


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("doc = 'x'", "Q016", "workflow `w` has no `pipeline`"),
        ("pipeline = 'gzip'\npolicy = 'most'", "Q015", "`policy` of workflow `w`"),
        ("pipeline = 'gzip'\nretries = 1", "Q014", "unknown key `retries` in workflow `w`"),
        ("pipeline = 'gzip'\nschedule = '61 * * * *'", "Q021", "minute 61"),
        ("pipeline = 'dump(db={d})'\nparams.d = {}\nschedule = '@daily'", "Q024", "a schedule cannot start w"),
        ("pipeline = 'gzip'\non_error = { each = true }", "Q015", "has no `task`"),
        ("pipeline = 'gzip'\non_error = { task = 'gzip', every = true }", "Q015", "`every` is unknown"),
        ("pipeline = 'gzip'\non_success = { task = 'gzip' }", "Q015", "`on_success` of workflow `w`"),
        ("pipeline = 'gzip'\nparams.P-1 = {}", "Q017", "not a name"),
    ],
)
def test_its_keys_are_checked_as_those_of_a_task(files: Files, text: str, code: str, said: str) -> None:
    config = loaded(files, f"[workflows.w]\n{text}\n")

    (problem,) = config.broken["w"]
    assert (problem.code, said in problem.message) == (code, True), problem
    assert "w" not in config.workflows
    assert "dump" in config.tasks


def test_it_is_listed_and_described_as_a_task_is(files: Files) -> None:
    config = loaded(files, "[workflows.w]\ndoc = 'Every night.'\npipeline = \"dump( db = {d} )|gzip\"\nparams.d = {}\n")

    record = describe(config, config.task("w"))

    assert (record["kind"], record["command"], record["summary"]) == ("workflow", "dump(db={d}) | gzip", "Every night.")
    assert [param["name"] for param in record["params"]] == ["d"]
    assert [one["name"] for one in list_tasks(config)] == ["add", "bad", "dump", "good", "gzip", "login", "off", "w"]
    with pytest.raises(NotFound, match="did you mean `good`"):
        config.task("goood")


def test_workers_do_not_run_it_and_its_definition_has_a_hash(files: Files) -> None:
    one = loaded(files, "[workflows.w]\npipeline = 'gzip | gzip'\n")
    other = loaded(files, "[workflows.w]\npipeline = 'gzip | .gzip'\n")
    same = loaded(files, "# here\n[workflows.w]\ndoc = 'told'\npipeline = 'gzip | gzip'\n")

    assert one.known("w") is None
    assert "w" not in one.runnable
    assert one.task("w").kind is Kind.WORKFLOW
    assert one.task("w").hash == same.task("w").hash != other.task("w").hash


def test_its_schedules_stand_beside_those_of_tasks(files: Files) -> None:
    text = "[workflows.w]\npipeline = 'dump(db={d})'\nparams.d = {}\nnotify = 'n'\n"
    text += (
        "schedule = [{ cron = '@daily', with = { d = 'a' } }, { every = '1h', name = 'often', with = { d = 'b' } }]\n"
    )
    text += "[notify.n]\ncommand = ['cat']\n"

    found = schedules(loaded(files, text), "qctl", "UTC")

    assert [(one.name, one.task, one.params, one.notify) for one in found] == [
        ("w", "w", {"d": "a"}, ("n",)),
        ("w.often", "w", {"d": "b"}, ("n",)),
    ]


def test_two_schedules_of_one_name_spoil_a_task_and_a_workflow_alike(files: Files) -> None:
    text = "[tasks.a]\nrun = 'true'\nschedule = [{ cron = '@daily', name = 'x' }]\n"
    config = files.load(text + "[workflows.'a.x']\npipeline = 'a'\nschedule = '@hourly'\n")

    assert sorted(config.broken) == ["a", "a.x"]
    assert {problem.code for problem in config.problems} == {"Q029"}


def test_check_warns_of_it_as_of_a_task(files: Files) -> None:
    config = loaded(
        files,
        "[workflows.w]\npipeline = 'dump(db={api_key})'\nparams.api_key = { default = 'a' }\nnotify = 'nobody'\n"
        "timeout = '2h'\nschedule = { every = '1h', overlap = 'queue' }\n",
    )

    found = [(one.code, one.message) for one in check_report(config).problems if one.task == "w"]

    assert sorted(code for code, _ in found) == ["Q033", "Q035", "Q037"]
    assert all("workflow `w`" in message for _, message in found)


def test_the_report_counts_workflows_with_the_tasks(files: Files) -> None:
    config = loaded(files, "[workflows.w]\npipeline = 'nothing'\n")

    assert "usable" in (last := render_text(check_report(config)).splitlines()[-1])
    assert "6 of 8 tasks usable" in last


def test_a_name_belongs_to_a_task_or_a_workflow(files: Files) -> None:
    config = loaded(files, "[workflows.off]\npipeline = 'gzip'\n")

    assert config.broken["off"][0].code == "Q026"
    assert to_text(config.workflows["good"].composition) == "dump(db=a) | gzip"  # type: ignore[arg-type]


def test_a_default_with_which_every_run_would_fail_is_told_like_a_literal(files: Files) -> None:
    text = TASKS + "[workflows.w]\npipeline = 'add(x={n}, y=1) | gzip'\nparams.n = { default = 'zzz' }\n"
    (problem,) = files.load(text).broken["w"]
    assert (problem.code, problem.line) == ("Q049", FIRST + 1)
    assert "with the default of `n`: " in problem.message
    assert "zzz" in problem.message
    good = text.replace("zzz", "12")
    assert "w" in files.load(good).workflows
