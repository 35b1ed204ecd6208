"""The real `qctl` on a machine with nothing set up: up, status, down, workers and queues."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from tests.support import Home, eventually
from tests.support.processes import is_alive

HELLO = "[tasks.hello]\nrun = 'echo hello'\n\n[tasks.sleeper]\nrun = 'exec sleep 60'\n"


def test_status_starts_nothing_and_exits_3_when_nothing_runs(home: Home) -> None:
    answer = home.run("status")
    assert answer.code == 3
    assert "qctl up -d" in answer.stdout
    assert not (home.state / "redis.sock").exists()
    assert json.loads(home.run("status", "-o", "json").stdout)["health"] == "down"


def test_up_in_the_background_serves_until_down(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    up = home.run("up", "-d", "--name", "one")
    assert (up.code, up.stdout) == (0, "one\n")
    assert home.run("up", "-d", "--name", "one").stdout == "one\n"
    assert home.run("status").code == 0
    assert home.run("run", "hello", "--wait").stdout == "hello\n"
    down = home.run("down")
    assert (down.code, down.stdout) == (0, "")
    assert home.run("status").code == 3
    assert home.run("down").code == 0
    kept = json.loads(home.run("history", "-o", "json").stdout)
    assert [item["outcome"] for item in kept["items"]] == ["succeeded"]
    home.run("down")


def test_up_in_the_foreground_says_at_its_end_that_the_server_goes_on(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    up = home.start("up")
    eventually(lambda: home.run("status").code == 0, within=15.0)
    ended = up.stop(signal.SIGINT)
    assert (ended.code, ended.stderr.splitlines()[-1]) == (0, "the server goes on; qctl down stops it")
    assert json.loads(home.run("worker", "list", "-o", "json").stdout)["items"] == []
    home.run("down")


def test_a_worker_that_was_killed_is_dead_at_once_and_up_starts_another(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    pid = json.loads(home.run("up", "-d", "--name", "one", "-o", "json").stdout)["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), within=5.0)
    (row,) = json.loads(home.run("worker", "list", "-o", "json").stdout)["items"]
    assert (row["label"], row["state"]) == ("one", "dead")
    status = home.run("status")
    assert (status.code, "worker one is gone" in status.stdout) == (1, True)
    again = home.run("up", "-d", "--name", "one", "-o", "json")
    assert json.loads(again.stdout)["pid"] != pid
    assert home.run("run", "hello", "--wait", "--timeout", "10s").stdout == "hello\n"
    assert home.run("down", "--timeout", "10s").code == 0


def test_down_now_gives_back_what_runs(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("up", "-d")
    job = home.run("run", "sleeper", "-q").stdout.strip()
    assert home.run("wait", job, "--for", "started", "--timeout", "10s").code == 0
    waiting = home.run("down", "--timeout", "0.2s")
    assert waiting.code == 75
    assert "1 worker did not finish within 0.2s" in waiting.stderr
    assert "--now" in waiting.stderr
    assert home.run("down", "--now").code == 0
    shown = json.loads(home.run("show", job, "-o", "json").stdout)
    assert (shown["state"], shown["failures"], shown["losses"]) == ("queued", 0, 0)
    home.run("down")


def test_a_file_of_the_callers_folder_is_not_taken_for_a_module_of_qctl(home: Home) -> None:
    """Attack 27, from the folder of whoever asks for a temporary worker."""
    home.write("tasks.toml", HELLO)
    home.write("json.py", "import os\nopen('was-run', 'w').close()\nos._exit(9)\n")

    answer = home.run("run", "hello", "--wait", "--timeout", "15s")

    assert (answer.code, answer.stdout) == (0, "hello\n")
    assert not (home.work / "was-run").exists()
    home.run("down", "--now")


def test_up_in_the_background_needs_no_embedded_server(shared_home: Home) -> None:
    shared_home.write("tasks.toml", HELLO)
    up = shared_home.run("up", "-d", "--name", "one")
    assert (up.code, up.stdout) == (0, "one\n")
    assert up.stderr.endswith("qctl status · qctl worker stop one\n"), "`down` is for an embedded server"
    assert shared_home.run("run", "hello", "--wait", "--timeout", "10s").stdout == "hello\n"
    shared_home.run("worker", "stop", "one")
    eventually(lambda: shared_home.run("worker", "list", "-q").stdout == "", within=10.0)


def test_a_temporary_worker_runs_one_job_and_goes(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    other = home.run("run", "hello", "-q").stdout.strip()
    answer = home.run("run", "hello", "--wait")
    assert (answer.code, answer.stdout) == (0, "hello\n")
    assert "a temporary one runs this job" in answer.stderr
    eventually(lambda: json.loads(home.run("worker", "list", "-o", "json").stdout)["items"] == [], within=10.0)
    assert json.loads(home.run("show", other, "-o", "json").stdout)["state"] == "queued"


def test_workers_are_listed_drained_resumed_and_stopped_by_label(shared_home: Home) -> None:
    home = shared_home
    home.write("tasks.toml", HELLO)
    worker = home.start("worker", "--name", "db1", "-Q", "default,night", "-c", "3")

    def listed() -> dict[str, object]:
        items = json.loads(home.run("worker", "list", "-o", "json").stdout)["items"]
        return dict(items[0]) if items else {}

    eventually(lambda: listed().get("label") == "db1", within=15.0)
    assert (listed()["slots"], listed()["queues"], listed()["pid"]) == (3, ["default", "night"], worker.pid)
    assert "db1" in home.run("worker", "list").stdout
    assert home.run("worker", "drain", "db1").stdout == "db1: takes no more jobs, finishes what it has and stays\n"
    eventually(lambda: listed()["state"] == "draining", within=10.0)
    home.run("worker", "resume", "db1")
    eventually(lambda: listed()["state"] == "idle", within=10.0)
    assert home.run("worker", "stop", "nobody").code == 4
    assert home.run("worker", "stop").code == 2
    assert "-Q names no queue" in home.run("worker", "-Q", "").stderr
    home.run("worker", "stop", "--all")
    assert worker.wait() == 0


def test_queues_are_listed_with_those_who_read_them(shared_home: Home) -> None:
    home = shared_home
    home.write("tasks.toml", HELLO)
    home.run("run", "hello", "-Q", "night")
    table = home.run("queue", "list").stdout.splitlines()
    assert table[0].split() == ["QUEUE", "READY", "RUN", "ETA", "RETRY", "OLDEST", "IN/m", "OUT/m", "WORKERS"]
    assert table[1].split() == ["night", "1", "0", "0", "0", *table[1].split()[5:7], "0", "none!"]
    status = home.run("status")
    assert status.code == 1
    assert "no live worker reads queue night" in status.stdout


def test_an_unreachable_redis_is_told_with_its_url_and_exit_69(home: Home) -> None:
    for words in (["ps"], ["run", "hello"], ["status"], ["up", "-d"]):
        home.write("tasks.toml", HELLO)
        answer = home.run("--redis", "redis://user:s3cret@127.0.0.1:1/0", "--redis-timeout", "1s", *words)
        assert answer.code == 69, (words, answer)
        assert "s3cret" not in answer.stderr + answer.stdout
        assert "Traceback" not in answer.stderr


def test_who_looks_or_stops_needs_no_sound_tasks_but_to_know_which_instance_is_meant(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    job = home.run("run", "hello", "-q").stdout.strip()
    home.write("tasks.toml", f"[defaults]\nretires = 3\n{HELLO}")
    for words in (["ps"], ["show", job], ["cancel", job], ["history"], ["logs", job], ["worker", "list"]):
        answer = home.run(*words)
        assert (answer.code, "retires" in answer.stderr) == (0, True), answer
    for words in (["run", "hello"], ["retry", job]):
        assert home.run(*words).code == 78

    for unclear in ("x = [", '[qclt]\nredis = "redis://db1"', "[qctl]\nredis = 7"):
        home.write("tasks.toml", unclear)
        answer = home.run("down")
        assert answer.code == 78
        assert "qctl --file /dev/null" in answer.stderr
    assert home.run("--redis", f"unix://{home.state}/redis.sock", "show", job).code == 0
    assert home.run("--file", "/dev/null", "down").code == 0


def test_a_state_directory_that_cannot_be_is_told(home: Home) -> None:
    for words in ("ps", "status"):
        answer = home.run(words, env={"XDG_STATE_HOME": "/etc/passwd"})
        assert answer.code == 77, answer
        assert "/etc/passwd/qctl cannot be made" in answer.stderr


def test_the_process_of_a_worker_holds_no_parser_and_no_terminal_library(home: Home) -> None:
    program = "import sys, qctl.cli.worker; print(sorted({'typer', 'rich', 'textual', 'click'} & set(sys.modules)))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=home.environment(), check=True
    )
    assert ended.stdout == "[]\n"


def test_down_stops_a_worker_whose_server_was_killed(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    pid = json.loads(home.run("up", "-d", "-o", "json").stdout)["pid"]
    os.kill(int((home.state / "server.pid").read_text()), signal.SIGKILL)

    down = home.run("down")

    assert (down.code, "down; jobs and data stay" in down.stderr) == (0, True)
    eventually(lambda: not is_alive(pid), within=5.0)
    assert home.run("status").code == 3


def test_a_task_that_no_live_worker_has_is_run_by_a_temporary_one(home: Home) -> None:
    """The worker of another folder's tasks is no help."""
    home.write("tasks.toml", HELLO)
    home.run("up", "-d")
    home.write("elsewhere/tasks.toml", "[tasks.other]\nrun = 'echo other'\n")

    answer = home.run("-C", "elsewhere", "run", "other", "--wait", "--timeout", "15s")

    assert (answer.code, answer.stdout) == (0, "other\n")
    assert "no live worker that reads queue default has task `other`" in answer.stderr
    assert "a temporary one runs this job" in answer.stderr
    home.run("down")


def test_a_task_of_the_same_name_in_another_file_is_told_before_it_runs(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("up", "-d", "--name", "one")
    home.write("elsewhere/tasks.toml", "[tasks.hello]\nrun = 'echo another hello'\n")

    answer = home.run("-C", "elsewhere", "run", "hello", "--wait", "--timeout", "15s")

    assert answer.stdout == "hello\n"
    assert f"worker one runs another `hello`, that of {home.work / 'tasks.toml'}" in answer.stderr
    again = home.run("-C", "elsewhere", "up", "-d")
    assert f"it runs the tasks of {home.work / 'tasks.toml'}" in again.stderr
    home.run("down")


def test_beside_a_worker_of_other_queues_one_of_the_missing_queue_is_named(home: Home) -> None:
    """`up` would say that one is up already, and start none."""
    home.write("tasks.toml", HELLO)
    home.run("up", "-d", "-Q", "other")

    answer = home.run("run", "hello")
    waited = home.run("run", "hello", "--wait")

    assert "no live worker reads queue default: `qctl worker -Q default` starts one" in answer.stderr
    assert (waited.code, waited.stdout) == (0, "hello\n")
    assert "no live worker reads queue default: a temporary one runs this job" in waited.stderr
    home.run("down")


def test_a_worker_that_drains_reads_no_queue(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("up", "-d", "--name", "one")
    home.run("worker", "drain", "one")
    eventually(lambda: "draining" in home.run("worker", "list").stdout, within=5.0)

    answer = home.run("run", "hello")

    assert "no live worker reads queue default" in answer.stderr
    status = home.run("status")
    assert (status.code, "no live worker reads queue default" in status.stdout) == (1, True)
    home.run("down", "--now")


def test_a_large_log_of_the_worker_makes_room_for_a_new_one(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("up", "-d")
    home.run("down")
    log = home.state / "worker.log"
    with log.open("ab") as file:
        file.truncate(11 * 1024 * 1024)

    home.run("up", "-d")

    assert log.stat().st_size < 1024 * 1024
    assert (home.state / "worker.log.1").stat().st_size > 10 * 1024 * 1024
    home.run("down")


def test_workers_answer_a_ping_and_3_says_that_nobody_does(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("run", "hello", "-q")  # so that there is a server
    assert home.run("worker", "ping").code == 3

    up = json.loads(home.run("up", "-d", "--name", "one", "-o", "json").stdout)
    answer = home.run("worker", "ping")
    assert (answer.code, answer.stdout.startswith("one: answered in ")) == (0, True)
    shown = home.run("worker", "show", "one")
    assert str(home.work / "tasks.toml") in shown.stdout
    assert home.run("worker", "show", "two").code == 4

    os.kill(up["pid"], signal.SIGSTOP)
    silent = home.run("worker", "ping", "one", "--timeout", "0.3s")
    assert (silent.code, "no answer within 0.3s" in silent.stdout) == (3, True)
    os.kill(up["pid"], signal.SIGCONT)
    home.run("down", "--now")
