"""What is wrong in tasks.toml: code, place, reason and way out, and what it takes down with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qctl.config import BadFile, explain, load
from qctl.errors import QctlError
from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class TestWhatIsTakenDown:
    def test_one_bad_task_spares_the_others(self, files: Files) -> None:
        """R6."""
        good = "".join(f"[tasks.good{number}]\nrun = 'true'\n" for number in range(40))

        config = files.load(f"{good}[tasks.bad]\nrun = 'true'\nretires = 3\n")

        assert len(config.tasks) == 40
        assert list(config.broken) == ["bad"]

    def test_an_unknown_key_is_an_error_with_the_one_that_was_meant(self, files: Files) -> None:
        """R11, attack 37."""
        problem = files.broken("[tasks.t]\nrun = 'true'\nretires = 3\n")

        assert (problem.code, problem.line, problem.column, problem.width) == ("Q014", 3, 1, 7)
        assert problem.message == "unknown key `retires` in task `t`"
        assert (problem.note, problem.suggestion) == ("did you mean `retries`?", "retries")
        assert problem.help

    @pytest.mark.parametrize(
        "text",
        [
            "[qctl]\nnamespcae = 'x'",
            "[qctl]\nredis = 5",
            "[default]\ntimeout = '1h'",
            "[defaults]\ntimeout = '1 hours'",
            "[routes]\n'a.*' = 5",
            "[queues.a]\nmax_length = 0",
            "stray = 1",
        ],
    )
    def test_what_holds_for_all_refuses_all(self, files: Files, text: str) -> None:
        """Otherwise jobs would go to another server, or run with less protection than the author meant."""
        problem = files.refused(f"{text}\n[tasks.t]\nrun = 'true'")

        assert problem.line

    def test_a_slip_in_the_name_of_the_table_of_a_task_spares_the_others(self, files: Files) -> None:
        config = files.load("[task.a]\nrun = 'true'\n[tasks.b]\nrun = 'true'")

        assert list(config.tasks) == ["b"]
        (problem,) = config.problems
        assert (problem.code, problem.suggestion) == ("Q014", "tasks")

    def test_a_task_declared_in_two_ways_tells_all_at_once(self, files: Files) -> None:
        config = files.load("[tasks.t]\nexec = ['{a}']\ntimeout = 'soon'\nunknown = 1\n")

        assert [problem.code for problem in config.broken["t"]] == ["Q019", "Q015", "Q014"]


class TestFiles:
    def test_a_syntax_error_has_its_line_and_column(self, files: Files) -> None:
        """R5."""
        problem = files.refused("[tasks.t]\nrun = = 'true'\n")

        assert (problem.code, problem.line, problem.column) == ("Q011", 2, 7)
        assert problem.message.startswith("not TOML: ")

    @pytest.mark.parametrize("opening", ["run = 'true", "run = '''true", 'run = """true'])
    def test_what_is_not_closed_is_told_where_it_was_opened(self, files: Files, opening: str) -> None:
        after = "".join(f'[tasks.after{number}]\nrun = "a"\n' for number in range(50))

        problem = files.refused(f"[tasks.t]\ntags = [\n'a',\n]\n{opening}\n{after}")

        assert (problem.line, problem.column) == (5, 1)

    def test_a_list_that_is_not_closed_is_told_where_it_was_opened(self, files: Files) -> None:
        assert files.refused("[tasks.t]\nexec = [\n'a',\n'b'\n").line == 2

    def test_the_error_itself_says_the_place_and_the_next_command(self, files: Files) -> None:
        with pytest.raises(BadFile) as caught:
            files.load("[")
        assert str(caught.value).startswith(f"{files.folder}/tasks.toml:1:2: not TOML")
        assert caught.value.advice == "qctl check"

    def test_bytes_that_are_no_text_have_their_place(self, files: Files) -> None:
        path = Path(files.write("x = 1\n"))
        path.write_bytes(b"x = 1\ny = '\xff'\n")

        with pytest.raises(BadFile) as caught:
            load(str(path))
        assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 6)

    def test_a_byte_order_mark_is_passed_over(self, files: Files) -> None:
        path = Path(files.write(""))
        path.write_bytes(b"\xef\xbb\xbf[tasks.t]\nrun = 'true'\n")

        assert load(str(path)).task("t").line == 1

    def test_a_file_too_large_is_refused_before_it_is_parsed(self, files: Files) -> None:
        """Attack 37."""
        assert files.refused("#" * (4 << 20) + "\n").code == "Q012"

    @pytest.mark.parametrize("bomb", ["x = " + "[" * 100_000, "x = " + "9" * 100_000, "a." * 50_000 + "b = 1"])
    def test_a_bomb_is_refused_and_harms_nobody(self, files: Files, bomb: str) -> None:
        """Attack 37."""
        assert files.refused(bomb).code in ("Q011", "Q012", "Q014")

    def test_what_is_no_file_is_refused(self, files: Files) -> None:
        fifo = str(files.folder / "tasks.toml")
        os.mkfifo(fifo)
        for path in (fifo, str(files.folder), str(files.folder / "gone.toml")):
            with pytest.raises(BadFile) as caught:
                load(path)
            assert caught.value.problems[0].code == "Q010"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone is asked to trust")
class TestTrust:
    """Attack 41: what root runs, nobody else may have written."""

    def refused(self, path: str) -> str:
        with pytest.raises(BadFile) as caught:
            load(path)
        assert caught.value.problems[0].code == "Q013"
        return f"{caught.value} {caught.value.advice}"

    def test_a_file_that_others_may_write_is_refused(self, files: Files) -> None:
        path = files.write("")
        os.chmod(path, 0o646)
        assert f"chmod go-w {path}" in self.refused(path)

    def test_a_file_of_somebody_else_is_refused(self, files: Files) -> None:
        path = files.write("")
        os.chown(path, 12345, 0)
        assert "belongs to user 12345" in self.refused(path)

    def test_a_folder_that_others_may_write_is_refused(self, files: Files) -> None:
        path = files.write("", "open/tasks.toml")
        os.chmod(files.folder / "open", 0o777)
        assert f"chmod go-w {files.folder}/open" in self.refused(path)

    def test_a_folder_of_somebody_else_is_refused(self, files: Files) -> None:
        path = files.write("", "theirs/tasks.toml")
        os.chown(files.folder / "theirs", 12345, 0)
        assert "folder of user 12345" in self.refused(path)

    def test_an_included_file_is_asked_the_same(self, files: Files) -> None:
        os.chmod(files.write("", "more.toml"), 0o666)
        self.refused(files.write('[qctl]\ninclude = ["more.toml"]'))

    def test_a_link_is_judged_by_what_it_leads_to(self, files: Files) -> None:
        target = files.write("", "open/real.toml")
        os.chmod(files.folder / "open", 0o777)
        (files.folder / "tasks.toml").symlink_to(target)
        self.refused(str(files.folder / "tasks.toml"))


class TestValues:
    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("timeout = '5 mins'", "`5 mins` is no duration"),
            ("timeout = 0", "longer than 0"),
            ("timeout = true", "a duration is"),
            ("priority = 10", "from 0 to 9, not 10"),
            ("priority = 'high'", "must be a whole number, not a text"),
            ("queue = 'a b'", "`a b` is no name"),
            ("enabled = 1", "must be true or false, not a number"),
            ("stop_signal = 'TREM'", "`TREM` is no signal"),
            ("stop_signal = 0", "0 is no signal"),
            ("retry_on = ['timeot']", "`timeot` is no kind of failure"),
            ("retry_on = ['exit:300']", "names no exit code"),
            ("retry_on = ['signal:NOPE']", "is no signal"),
            ("retry_on = 'timeout'", "must be a list, not a text"),
            ("ok_codes = []", "must not be empty"),
            ("ok_codes = [256]", "from 0 to 255"),
            ("umask = 27", "must be octal"),
            ("umask = '9'", "must be octal"),
            ("shell = 'bash'", "is no shell"),
            ("nice = 20", "from -20 to 19"),
            ("env = { '1A' = 'x' }", "`1A` is no name of a variable"),
            ("env = { A = [] }", "`A` must be a text"),
            ("rate_limit = '100'", "`100` is no rate"),
            ("result = 'keeep'", "must be one of `keep`, `discard`, `json`"),
            ("output = { max = 'big' }", "`big` is no size"),
            ("output = 5", "must be a table"),
            ("output = { maximum = 5 }", "unknown key `maximum` in `output` of task `t`"),
            ("limits = { memory = -1 }", "a size is"),
            ("keep = { runs = 0 }", "from 1 up"),
            ("host = ['any', 'web1']", "`any` stands alone"),
            ("tags = [5]", "must be a text"),
        ],
    )
    def test_a_value_that_its_key_cannot_take_says_what_it_takes(self, files: Files, line: str, words: str) -> None:
        problem = files.broken(f"[tasks.t]\nrun = 'true'\n{line}\n")

        assert words in problem.message
        assert "task `t`" in problem.message
        assert problem.line == 3
        assert problem.column > 1

    @pytest.mark.parametrize(
        ("body", "code", "words"),
        [
            ("doc = 'x'", "Q016", "says nothing to run"),
            ("run = 'a'\nexec = ['a']", "Q016", "has `run` and `exec`"),
            ("run = ''", "Q015", "must not be empty"),
            ("exec = 'ls -l'", "Q015", "must be a list of words"),
            ("exec = []", "Q015", "must not be empty"),
            ("exec = ['']", "Q015", "the name of a program"),
            ("call = 'ops.daily'", "Q015", "is no Python callable"),
            ("call = 'ops:daily()'", "Q015", "is no Python callable"),
        ],
    )
    def test_a_task_is_exactly_one_of_three_kinds(self, files: Files, body: str, code: str, words: str) -> None:
        problem = files.broken(f"[tasks.t]\n{body}\n")

        assert problem.code == code
        assert words in problem.message

    def test_names_are_what_can_stand_in_a_key_of_redis(self, files: Files) -> None:
        for name in ("a b", "a:b", "", "x" * 129, "ä", "a{b}"):
            assert files.broken(f"[tasks.'{name}']\nrun = 'true'\n", name).code == "Q017"

    def test_a_date_or_a_list_where_a_table_belongs(self, files: Files) -> None:
        config = files.load("[tasks]\na = 2026-01-01\nb = []\n")

        assert [problems[0].code for problems in config.broken.values()] == ["Q015", "Q015"]
        assert files.load("tasks = 5").problems[0].message == "`tasks` must be a table"

    def test_a_zone_and_a_url_are_looked_at(self, files: Files) -> None:
        assert "no time zone" in files.refused("[qctl]\ntimezone = 'Europe/Berln'").message
        problem = files.refused("[qctl]\nredis = 'rediss+sentinel://a'")
        assert problem.note == "did you mean `redis+sentinel`?"


class TestParameters:
    def test_a_value_never_becomes_shell_text(self, files: Files) -> None:
        """Attack 23."""
        problem = files.broken("""
            [tasks.t]
            run = '''
            echo hello
            echo "{name}"
            '''
            params.name = {}
        """)

        assert problem.code == "Q018"
        assert (problem.line, problem.column, problem.width) == (5, 7, 6)
        assert 'write "$name"' in problem.note

    def test_braces_that_name_no_parameter_and_those_of_the_shell_are_text(self, files: Files) -> None:
        config = files.load("[tasks.t]\nrun = 'echo ${name} {other} {print}'\nparams.name = {}\n")

        assert list(config.tasks) == ["t"]

    @pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "IFS", "PATH", "QCTL_JOB_ID"])
    def test_a_caller_cannot_set_what_changes_which_code_runs(self, files: Files, name: str) -> None:
        """Attack 26."""
        problem = files.broken(f"[tasks.t]\nrun = 'true'\nparams.{name} = {{}}\n")

        assert (problem.code, problem.line, problem.column) == ("Q022", 3, 8)

    def test_the_tasks_own_env_may_set_it(self, files: Files) -> None:
        """Attack 26: by an explicit line of the configuration."""
        assert files.load("[tasks.t]\nrun = 'true'\nenv = { PATH = '/opt/bin' }").task("t").env == {"PATH": "/opt/bin"}

    def test_a_word_of_an_unknown_parameter_is_told_with_the_one_that_was_meant(self, files: Files) -> None:
        problem = files.broken("[tasks.t]\nexec = ['cp', 'to-{tagret}']\nparams.target = {}\n")

        assert (problem.code, problem.line, problem.column, problem.width) == ("Q019", 2, 19, 8)
        assert "did you mean `target`?" in problem.message

    def test_a_parameter_that_may_be_missing_cannot_stand_inside_a_word(self, files: Files) -> None:
        """Or `rsync -a --delete {source}/` would one day copy the root folder."""
        declared = "params.p = { required = false }\n"

        assert files.broken(f"[tasks.t]\nexec = ['ls', '{{p}}/']\n{declared}").code == "Q019"
        assert "t" in files.load(f"[tasks.t]\nexec = ['ls', '{{p}}']\n{declared}").tasks

    @pytest.mark.parametrize(
        ("declared", "code", "words"),
        [
            ("params.p = { type = 'strng' }", "Q015", "must be one of `str`"),
            ("params.p = { type = 'int', default = 'x' }", "Q023", "`x` is not a whole number"),
            ("params.p = { type = 'int', default = 12, max = 9 }", "Q023", "more than 9"),
            ("params.p = { type = 'int', min = 3, max = 1 }", "Q023", "above `max`"),
            ("params.p = { type = 'bool', min = 3 }", "Q023", "means nothing"),
            ("params.p = { pattern = '(' }", "Q023", "no regular expression"),
            ("params.p = { type = 'choice' }", "Q023", "without `choices`"),
            ("params.p = { type = 'int', choices = [1, 'x'] }", "Q023", "`x` is not a whole number"),
            ("params.p = { default = 2026-01-01 }", "Q023", "is not a text"),
            ("params.p = 'x'", "Q015", "must be a table"),
            ("params = 'x'", "Q015", "must be a table"),
            ("params.a-b = {}", "Q017", "not a name"),
            ("params.p = { defualt = 1 }", "Q014", "unknown key `defualt`"),
        ],
    )
    def test_a_declaration_that_contradicts_itself_says_so(
        self, files: Files, declared: str, code: str, words: str
    ) -> None:
        problem = files.broken(f"[tasks.t]\nrun = 'true'\n{declared}\n")

        assert problem.code == code
        assert words in problem.message
        assert problem.line == 3


class TestSchedules:
    @pytest.mark.parametrize(
        "written",
        [
            "'30 2 * * *'",
            "'0 30 2 * * *'",
            "'*/5 0-6 1,15 jan-mar mon'",
            "'0 0 L * 5#2'",
            "'H H * * *'",
            "'0 0 15W * *'",
            "'@daily'",
            "'@reboot'",
            "'every 90m'",
            "'@every 90m'",
            "{ every = '1h', jitter = '5m', blackout = ['22:00-06:00'] }",
            "{ at = 2027-01-01T00:00:00 }",
            "['@daily', { cron = '@hourly', enabled = false, timezone = 'UTC' }]",
        ],
    )
    def test_what_may_be_written_is_kept(self, files: Files, written: str) -> None:
        assert files.load(f"[tasks.t]\nrun = 'true'\nschedule = {written}\n").task("t").schedules

    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("'75 * * * *'", "minute 75 is out of range 0-59"),
            ("'* 24 * * *'", "hour 24 is out of range 0-23"),
            ("'* * 0 * *'", "day of month 0 is out of range 1-31"),
            ("'*/0 * * * *'", "has a step of 0"),
            ("'* * * *'", "it has 4 fields, not 5 or 6"),
            ("'! * * * *'", "cannot be read"),
            ("'@dayly'", "did you mean `@daily`?"),
            ("'every now'", "is no duration"),
            ("'" + "1," * 10_000 + "1 * * * *'", "longer than 1000 characters"),
            ("{ overlap = 'skip' }", "needs one of `cron`, `every`, `at`"),
            ("{ cron = '@daily', every = '1h' }", "needs one of `cron`, `every`, `at`"),
            ("{ cron = '@daily', overlap = 'skipp' }", "must be one of `skip`"),
            ("{ cron = '@daily', at_once = 1 }", "unknown key `at_once`"),
            ("{ at = 5 }", "must be a date"),
            ("5", "must be a table"),
            ("{ cron = '@daily', with = { nmae = 'x' } }", "did you mean `name`?"),
            ("{ cron = '@daily', with = 5 }", "must be a table"),
        ],
    )
    def test_what_cannot_be_read_says_why(self, files: Files, written: str, words: str) -> None:
        """Attack 36, as far as it can be seen without a calendar."""
        problem = files.broken(f"[tasks.t]\nrun = 'true'\nschedule = {written}\nparams.name = {{ default = 'a' }}\n")

        assert words in problem.message
        assert problem.line == 3

    def test_the_caret_stands_under_the_number_that_is_wrong(self, files: Files) -> None:
        problem = files.broken("[tasks.t]\nrun = 'true'\nschedule = '0 25 * * *'\n")

        assert (problem.column, problem.width) == (15, 2)

    def test_a_schedule_must_give_what_its_task_requires(self, files: Files) -> None:
        problem = files.broken("[tasks.t]\nrun = 'true'\nschedule = '@daily'\nparams.name = {}\n")

        assert problem.code == "Q024"
        assert "`name`: is required" in problem.message


class TestOthers:
    def test_workflows_and_notifications_need_their_main_key(self, files: Files) -> None:
        config = files.load("[workflows.w]\ndoc = 'x'\n[notify.n]\nrepeat = '1d'\n[tasks.t]\nrun = 'true'")

        assert [problem.message for problem in config.problems] == [
            "workflow `w` has no `pipeline`",
            "notification `n` has no `command`",
        ]
        assert list(config.tasks) == ["t"]

    def test_a_name_belongs_to_one_task_or_workflow(self, files: Files) -> None:
        config = files.load("[tasks.a]\nrun = 'true'\n[workflows.a]\npipeline = 'b | c'")

        assert config.problems[0].code == "Q026"
        assert not config.tasks
        assert not config.workflows


def test_every_error_that_qctl_raises_has_an_explanation() -> None:
    def family(kind: type[QctlError]) -> set[str]:
        return {kind.code}.union(*(family(child) for child in kind.__subclasses__()))

    assert [code for code in sorted(family(QctlError)) if explain(code) is None] == []
    assert explain("q014") == explain("Q014")
    assert explain("Q999") is None
