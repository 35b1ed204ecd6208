"""Values that a key cannot take, and keys that exclude each other: each is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


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

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("redis://db1:port", "bad Redis URL: 'port' is no port"),
            ("redis://db1?timeout=3", "redis:// has no option 'timeout'"),
            ("rediss://db1?ssl_ca_certs=ca.pem", "ssl_ca_certs must be an absolute path"),
        ],
    )
    def test_a_url_that_no_command_could_use_is_found_with_its_line(self, files: Files, url: str, words: str) -> None:
        problem = files.refused(f"[qctl]\nnamespace = 'ops'\nredis = '{url}'")
        assert words in problem.message
        assert problem.line == 3


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
