"""A user of Redis with no more rights than README gives him: everything of qctl works, and nothing else does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import NoPermissionError

from tests.support import Home, eventually
from tests.support.command_line import SOURCE
from tests.support.loopback import free_port, on_port
from tests.support.redis_commands import named_commands

pytestmark = pytest.mark.redis

PASSWORD = "s3sameOpenNow"
TASKS = (
    "[tasks.hello]\nrun = 'echo \"hello $name\"'\nparams.name = { type = 'str', default = 'world' }\n"
    "lock = 'one'\nmax_running = 2\nrate_limit = '1000/s'\n"
    "[tasks.fails]\nrun = 'echo oh; exit 3'\nretries = 1\nbackoff = '10ms'\n"
    "[tasks.sleeper]\nrun = 'echo asleep; exec sleep 60'\ngrace = '1s'\n"
    "[tasks.large]\nrun = 'seq 1 3000'\n"
    "[tasks.only]\nrun = 'true'\nunique = 'task'\n"
)
#: What takes more rights, and where: told in README beside the list.
ELSEWHERE = {"auth", "cluster", "config", "ping", "select"}  # `doctor` does without CONFIG where it is refused


def rules() -> list[str]:
    """The rules of README's ACL SETUSER."""
    block = re.search(r"<!-- acl: .*?```\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    assert block is not None
    first, second, user, *rules = block[1].split()
    assert (first, second, user) == ("ACL", "SETUSER", "qctl")
    return [f">{PASSWORD}" if rule == ">PASSWORD" else rule for rule in rules]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Any, int]]:
    """A server whose only useful user is README's. Gives an administrator's connection, and the port."""
    port = free_port()
    started = on_port(port).start()
    with redis.Redis(unix_socket_path=str(started.socket)) as admin:
        admin.execute_command("ACL", "SETUSER", "qctl", *rules())
        admin.execute_command("ACL", "SETUSER", "admin", "on", ">admin", "allkeys", "allchannels", "allcommands")
        admin.execute_command("AUTH", "admin", "admin")
        admin.execute_command("ACL", "SETUSER", "default", "off")
        yield admin, port
    started.remove()


@pytest.fixture
def home(home_at: Callable[..., Home], server: tuple[Any, int]) -> Iterator[Home]:
    """A home of that user, with a worker. At the end nothing was refused to it but what README says."""
    admin, port = server
    admin.execute_command("ACL", "LOG", "RESET")
    home = home_at(f"redis://qctl:{PASSWORD}@127.0.0.1:{port}")
    home.write("tasks.toml", TASKS)
    worker = home.start("worker", "-c", "2", "--name", "w")
    worker.wait_for("slots are ready|worker w.* starts")
    eventually(lambda: "idle" in home.run("worker", "list").stdout, within=15.0)
    yield home
    assert worker.stop().code == 0
    assert PASSWORD not in worker.stdout + worker.stderr
    assert refused(admin) <= {"info"}


def refused(admin: Any) -> set[str]:
    """What was refused to our user, by the server's own log."""
    rows = admin.acl_log()
    return {row["object"] for row in rows if row["username"] == "qctl" and row["reason"] != "auth"}


def test_the_list_is_what_the_code_uses(server: tuple[Any, int]) -> None:
    admin, _ = server
    known = frozenset(row[0].decode() if isinstance(row, list) else row for row in admin.command())
    listed = {rule[1:] for rule in rules() if rule.startswith("+")}
    assert named_commands(known) - ELSEWHERE == listed


@pytest.mark.parametrize(
    "words",
    [
        "CONFIG GET dir",
        "CONFIG SET dir /tmp",
        "DEBUG SLEEP 0",
        "MODULE LIST",
        "SCRIPT FLUSH",
        "FLUSHALL",
        "KEYS *",
        "SCAN 0",
        "SHUTDOWN",
        "REPLICAOF no one",
        "ACL LIST",
        "CLIENT LIST",
        "GET other",
        "SET {other}:job:x 1",
        "PUBLISH {other}:ended x",
        "SUBSCRIBE {other}:ended",
    ],
)
def test_nothing_else_is_allowed(server: tuple[Any, int], words: str) -> None:
    """Attack 43."""
    _, port = server
    with redis.Redis(port=port, username="qctl", password=PASSWORD) as client, pytest.raises(NoPermissionError):
        client.execute_command(*words.split())


def test_a_script_of_that_user_reaches_no_further(server: tuple[Any, int]) -> None:
    """Attack 43: what Lua calls is checked as if he called it."""
    _, port = server
    with redis.Redis(port=port, username="qctl", password=PASSWORD) as client:
        for body in ("return redis.call('CONFIG','GET','dir')", "return redis.call('GET','other')"):
            with pytest.raises(
                redis.RedisError, match=r"(?i)can't (run this|access)|permission|not allowed from script"
            ):
                client.eval(body, 0)


def test_the_whole_path_works(home: Home) -> None:
    def good(*words: str, codes: tuple[int, ...] = (0,)) -> str:
        answer = home.run(*words)
        assert answer.code in codes, f"{words}: {answer}"
        assert PASSWORD not in answer.stdout + answer.stderr
        return answer.stdout

    assert good("run", "hello", "name=Ada", "--wait") == "hello Ada\n"
    assert good("run", "large", "--follow").endswith("3000\n")
    failed = good("run", "-q", "fails").strip()
    good("wait", failed, codes=(3,))
    assert good("logs", failed).count("oh") == 2
    good("retry", failed)
    good("wait", failed, codes=(3,))
    running = good("run", "-q", "sleeper").strip()
    home.start("logs", "-f", running).wait_for("asleep")
    good("cancel", running, "--reason", "enough", "-y")
    good("wait", running, codes=tuple(range(1, 256)))
    later = good("run", "-q", "hello", "--in", "1h").strip()
    good("show", later)
    good("cancel", later, "-y")
    good("run", "-q", "hello", "--key", "once", "--in", "1h")
    good("run", "-q", "only", "--in", "1h")
    good("run", "-q", "only", "--in", "1h", codes=(5,))
    good("queue", "pause", "default", "--reason", "look")
    good("run", "hello")
    good("queue", "show", "default")
    good("queue", "purge", "default", "-y")
    good("queue", "resume", "default")
    good("pause", "--all")
    good("resume", "--all")
    for query in ([], ["--query", "task:hello"]):
        assert "hello" in good("top", "--once", *query)
    good("rm", failed, "-y")
    for listing in ("ps", "history", "stats", "events", "errors", "queue list", "worker list", "worker ping", "status"):
        good(*listing.split(), codes=(0, 1))
        good(*listing.split(), "-o", "json", codes=(0, 1))


def test_without_info_status_knows_less_and_the_worker_says_so(home_at: Callable[..., Home], server: Any) -> None:
    admin, port = server
    admin.execute_command("ACL", "SETUSER", "qctl", "-info")
    home = home_at(f"redis://qctl:{PASSWORD}@127.0.0.1:{port}")
    home.write("tasks.toml", TASKS)
    worker = home.start("worker")
    worker.wait_for("this user may not ask for INFO")
    status, doctor = home.run("status", "-o", "json"), home.run("doctor", "-o", "json")
    admin.execute_command("ACL", "SETUSER", "qctl", "+info")
    said = json.loads(status.stdout)
    assert (status.code, said["health"], said["redis_version"], said["redis_bytes"]) == (0, "healthy", None, None)
    checks = {check["name"]: check for check in json.loads(doctor.stdout)["checks"]}
    assert (doctor.code, checks["version"]["verdict"], checks["workers"]["verdict"]) == (0, "warn", "ok")
    assert "this user may not ask for INFO" in checks["version"]["found"]
    assert "in all" not in checks["sizes"]["found"]
    assert home.run("run", "hello", "--wait").stdout == "hello world\n"
    assert worker.stop().code == 0


def test_a_password_is_seen_nowhere(home: Home, tmp_path: Path) -> None:
    """Attack 34: not among the words of any process, in no output, in no error; --redis with one is warned of."""
    url = home.redis
    assert url is not None
    home.write("tasks.toml", f"[qctl]\nredis = '{url}'\n" + TASKS)
    unset = {"QCTL_REDIS": ""}
    up = home.run("up", "-d", "--name", "behind", env=unset)
    assert up.code == 0, up
    try:
        running = home.run("run", "-q", "sleeper", env=unset).stdout.strip()
        home.start("logs", "-f", running).wait_for("asleep")
        assert PASSWORD not in "\n".join(command_lines())
        wrong = url.replace(PASSWORD, f"{PASSWORD}wrong")
        for words in (("ps",), ("worker",), ("status", "-o", "json"), ("-vv", "ps")):
            answer = home.run(*words, env={"QCTL_REDIS": wrong})
            assert answer.code == 77, answer
            assert PASSWORD not in answer.stdout + answer.stderr
        for words in (("ps",), ("ps", "-o", "json")):
            by_flag = home.run("--redis", url, *words)
            assert re.fullmatch(r"warning: the process list shows the password in --redis.*\n", by_flag.stderr)
            assert PASSWORD not in by_flag.stdout
        assert home.run("ps").stderr == home.run("ps", env=unset).stderr == ""
    finally:
        home.run("cancel", running, "-y", env=unset)
        assert home.run("worker", "stop", "behind", env=unset).code == 0
    eventually(lambda: "behind" not in home.run("worker", "list", env=unset).stdout, within=15.0)
    left = [path for path in home.state.rglob("*") if path.is_file() and PASSWORD in path.read_text(errors="replace")]
    assert left == []


def command_lines() -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                yield (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
