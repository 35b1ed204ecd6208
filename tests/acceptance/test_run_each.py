"""The real `qctl` and many jobs at once: `run --each`; a job's own variables, and shell text of its own."""

from __future__ import annotations

import json
import sys

import pytest
import redis

from tests.support import Home
from tests.support.servers import PrivateRedis

TASKS = (
    f"""
[tasks.inside]
exec = ["{sys.executable}", "-P", "-m", "qctl", "run", "long", "text={{}}", "--each", "{{lines}}"]
params.lines = {{ type = "path" }}
cwd = "/"

[tasks.long]
run = "true"
params.text = {{}}
"""
    + """
[qctl]
adhoc = true

[tasks.say]
run = 'printf "%s %s %s\\n" "$a" "${c:-$b}" "$VAR"'
env = { VAR = "task" }
params.a = { type = "int", default = 0 }
params.b = { type = "str", default = "-" }

[tasks.plain]
run = 'echo "$@"'

[tasks.odd]
run = 'exit $(( n % 2 ))'
params.n = { type = "int", max = 99 }

[tasks.python]
call = "os:getenv"
params.key = { type = "str" }
"""
)


def params(home: Home, *words: str, lines: str | bytes = "") -> list[tuple[object, object]]:
    """The parameters and further words of what would be submitted."""
    answer = home.run("run", *words[:1], "--each", "-", "--dry-run", "-o", "jsonl", *words[1:], input=lines)
    assert answer.code == 0, answer
    return [(plan["params"], plan["args"]) for plan in map(json.loads, answer.stdout.splitlines())]


def test_a_line_is_the_first_parameter_that_is_free(site: Home) -> None:
    assert params(site, "say", lines="1\n\n2\r\n3") == [({"a": n, "b": "-"}, []) for n in (1, 2, 3)]
    assert params(site, "say", "a=7", lines="@x\nb=y\n") == [({"a": 7, "b": line}, []) for line in ("@x", "b=y")]


def test_or_it_stands_where_the_braces_do(site: Home) -> None:
    assert params(site, "say", "b=<{}>{}", lines="x") == [({"a": 0, "b": "<x>x"}, [])]
    assert params(site, "plain", "--", "-o", "{}.o", "{}", lines="a b\n") == [({}, ["-o", "a b.o", "a b"])]
    site.write("x", "from a file")
    assert params(site, "say", "b=@{}", lines="x") == [({"a": 0, "b": "from a file"}, [])]


def test_lines_may_end_with_a_nul(site: Home) -> None:
    assert params(site, "say", "b={}", "-0", lines=b"a\nb\0c\0\0") == [
        ({"a": 0, "b": said}, []) for said in ("a\nb", "c")
    ]


def test_ids_are_written_in_order_and_all_are_waited_for(manned: Home) -> None:
    answer = manned.run("run", "odd", "--each", "-", "--wait", "--timeout", "25s", input="0\n1\n2\n")
    assert answer.code == 1
    ids = answer.stdout.split()
    assert len(ids) == 3
    assert "queued 3 jobs, one for each line" in answer.stderr
    assert f"3 jobs: 2 succeeded, 1 failed · why: qctl show {ids[1]}" in answer.stderr
    assert manned.run("run", "say", "--each", "-", "-w", "--timeout", "25s", input="1\n2\n").code == 0
    many = manned.run("run", "odd", "--each", "-", "-w", "--timeout", "25s", input="".join(f"{n}\n" for n in range(60)))
    assert (many.code, many.stdout.count("\n")) == (1, 60)
    assert "60 jobs: 30 succeeded, 30 failed" in many.stderr


def test_a_command_of_its_own_takes_the_line_as_a_word(manned: Home) -> None:
    answer = manned.run("run", "--each", "-", "-w", "-o", "json", "--", "echo", "<{}>", input="$(id) ;x\n")
    (job,) = json.loads(answer.stdout)["items"]
    assert job["result"] == "<$(id) ;x>\n"
    answer = manned.run("run", "--sh", 'echo "<$1>"', "--each", "-", "-w", "-o", "json", input="$(id) ;x\n")
    (job,) = json.loads(answer.stdout)["items"]
    assert job["result"] == "<$(id) ;x>\n"


@pytest.mark.parametrize(
    ("words", "lines", "said"),
    [
        (["say"], b"1\n2\n\nx\n", "line 4 of stdin: say: parameter `a`: `x` is not a whole number"),
        (["say"], b"x\n", "line 1 of stdin: say: parameter `a`: `x` is not a whole number; nothing was submitted"),
        (["odd"], b"1\n100\n", "line 2 of stdin: odd: parameter `n`: `100` is more than 99"),
        (["say"], b"1\n\xff\n", "line 2 of stdin: it is not UTF-8"),
        (["odd", "n=1"], b"1\n", "no parameter of odd is free for the line: write {} where it is to stand"),
        (["plain"], b"1\n", "qctl run plain --each FILE -- {}"),
        (["--", "echo"], b"1\n", "--each needs {} in the command"),
        (["--sh", "echo {}"], b"1\n", "--sh is not filled in"),
        (["say", "--key", "k"], b"1\n", "--key names one job"),
        (["say", "--local"], b"1\n", "--each makes several jobs"),
        (["nope"], b"1\n", "write {} where it is to stand"),
        (["say", "b:={}"], b"1\n", "{}"),
    ],
)
def test_one_bad_line_or_no_place_for_it_and_nothing_is_submitted(
    site: Home, words: list[str], lines: bytes, said: str
) -> None:
    answer = site.run("run", "--each", "-", *words, input=lines)
    assert (answer.code, answer.stdout) == (2, ""), answer
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert site.run("ps", "-aq").stdout == ""
    rehearsed = site.run("run", "--dry-run", "--each", "-", *words, input=lines)
    assert (rehearsed.code, rehearsed.stdout) == (2, ""), rehearsed
    assert said in rehearsed.stderr


def test_a_dry_run_is_a_list_whether_of_one_line_or_of_more(site: Home) -> None:
    answer = site.run("run", "say", "--each", "-", "--dry-run", "-o", "json", input="1\n")
    assert [plan["params"] for plan in json.loads(answer.stdout)["items"]] == [{"a": 1, "b": "-"}]


def test_no_line_is_no_job_and_a_missing_file_is_named(site: Home) -> None:
    site.write("empty", "\n\n")
    answer = site.run("run", "say", "--each", "empty")
    assert (answer.code, answer.stdout, "there is no line" in answer.stderr) == (0, "", True)
    assert "cannot read gone: No such file or directory" in site.run("run", "say", "--each", "gone").stderr
    assert "it goes with that" in site.run("run", "say", "-0").stderr


def calls_of_scripts(client: redis.Redis) -> int:
    """How many scripts the server has run."""
    stats = client.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))


def test_ten_thousand_lines_take_some_dozens_of_round_trips(site: Home) -> None:
    """Not one for each. Others of its server would count as well, and scripts that it is told for the first time."""
    server = PrivateRedis(None).start()
    try:
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            alone = {"QCTL_REDIS": server.url, "QCTL_REDIS_TIMEOUT": "60s"}
            lines = "".join(f"{n}\n" for n in range(10_000))
            site.run("run", "say", "--each", "-", input="1\n", env=alone)
            before = calls_of_scripts(client)
            answer = site.run("run", "say", "--each", "-", input=lines, env=alone, timeout=90)
            calls = calls_of_scripts(client) - before
    finally:
        server.remove()
    assert (answer.code, answer.stdout.count("\n")) == (0, 10_000)
    assert "queued 10,000 jobs" in answer.stderr
    assert 0 < calls < 50, calls


@pytest.mark.parametrize("output", ["table", "json"])
def test_where_redis_is_full_amid_many_it_is_said_which_lines_were_accepted(site: Home, output: str) -> None:
    """And what to type, that the others are. A program gets the ids in the one document."""
    server = PrivateRedis(None).start()
    alone = {"QCTL_REDIS": server.url}
    site.write("lines", "\n" + "".join(f"{n} {'x' * 400}\n" for n in range(5000)))
    try:
        site.run("run", "long", "text=1", env=alone)
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 1_200_000)
            answer = site.run("run", "long", "--each", "lines", "-o", output, env=alone)
            client.config_set("maxmemory", 0)
        there = set(site.run("ps", "-q", "-n", "9999", env=alone).stdout.split())
    finally:
        server.remove()
    told = json.loads(answer.stdout)["accepted"] if output == "json" else answer.stdout.split()
    accepted = len(told)
    assert (answer.code, 0 < accepted < 5000) == (75, True), answer
    assert len(there) == accepted + 1
    assert set(told) < there
    assert f"{accepted:,} of 5,000 jobs were accepted, not lines {accepted + 2} to 5001 of lines: " in answer.stderr
    assert "nothing was changed" not in answer.stderr
    assert f"sed -n '{accepted + 2},5001p' lines | qctl run … --each - " in answer.stderr


def test_a_job_may_submit_more_than_its_worker_hears_at_once(manned: Home) -> None:
    manned.write("long", f"{'ä' * 50_000}\n" * 30)
    answer = manned.run("run", "inside", f"lines={manned.work / 'long'}", "--wait", "--timeout", "25s")
    assert (answer.code, len(set(answer.stdout.split()))) == (0, 30), answer


class TestVariables:
    def test_a_variable_is_that_of_this_job_and_wins_over_the_tasks(self, manned: Home) -> None:
        answer = manned.run("run", "say", "--env", "VAR=mine = mine", "--env", "c=b", "-w", "--timeout", "15s")
        assert answer.stdout == "0 b mine = mine\n"
        assert "Variables  VAR=mine = mine · c=b" in manned.run("show", "@last").stdout
        assert manned.run("run", "say", "-w", "--timeout", "15s").stdout == "0 - task\n"
        again = manned.run("retry", "@last:say", "--new")
        assert again.code == 0

    def test_python_tasks_commands_and_local_runs_have_it_too(self, manned: Home) -> None:
        words = ("--env", "OWN=x", "-w")
        assert manned.run("run", "python", "key=OWN", *words, "--timeout", "15s").stdout == '"x"\n'
        assert manned.run("run", "python", "key=OWN", "-w", "--timeout", "15s").stdout == ""
        assert manned.run("run", "--sh", "echo $OWN", *words, "--timeout", "15s").stdout == "x\n"
        assert manned.run("run", "--local", "--sh", "echo $OWN", *words).stdout == "x\n"

    @pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "IFS", "PATH", "QCTL_JOB_ID", "HOME"])
    def test_what_a_loader_or_qctl_obeys_is_refused_in_one_line(self, site: Home, name: str) -> None:
        """Attack 26."""
        answer = site.run("run", "say", "--env", f"{name}=x")
        assert (answer.code, answer.stdout) == (2, "")
        assert f"{name} changes what code runs, or belongs to qctl: only a task's own `env` sets it" in answer.stderr
        assert len(answer.stderr.splitlines()) == 2

    @pytest.mark.parametrize("where", [[], ["--local"], ["--dry-run"]])
    def test_a_parameter_is_refused_in_one_line(self, site: Home, where: list[str]) -> None:
        answer = site.run("run", "say", "--env", "b=x", *where)
        assert (answer.code, answer.stdout) == (2, "")
        assert answer.stderr.splitlines()[0] == "error[Q002]: `b` is a parameter of say: give it as b=…"

    @pytest.mark.parametrize("word", ["x", "=x", "a-b=x", "1a=x"])
    def test_what_is_no_variable_is_refused(self, site: Home, word: str) -> None:
        assert site.run("run", "say", "--env", word).code == 2


class TestShellText:
    def test_it_is_a_command_of_its_own_with_words(self, manned: Home) -> None:
        answer = manned.run("run", "--sh", 'echo a && echo "$1" | tr x y', "-w", "--timeout", "15s", "--", "x x")
        assert (answer.code, answer.stdout) == (0, "a\ny y\n")
        assert manned.run("run", "--sh", "exit 9", "-w", "--timeout", "15s").code == 9
        assert manned.run("run", "--local", "--sh", "exit 9").code == 9

    @pytest.mark.parametrize(
        ("words", "said"), [(["say", "--sh", "x"], "leave out the task"), (["--sh", " "], "empty")]
    )
    def test_it_goes_with_no_task_and_is_not_empty(self, site: Home, words: list[str], said: str) -> None:
        answer = site.run("run", *words)
        assert (answer.code, said in answer.stderr) == (2, True)

    def test_it_is_refused_where_commands_are(self, site: Home) -> None:
        site.write("tasks.toml", TASKS.replace("true", "false"))
        assert site.run("run", "--sh", "true").code == 77
        assert site.run("run", "--sh", "true", "--each", "-", input="1\n").code == 77
