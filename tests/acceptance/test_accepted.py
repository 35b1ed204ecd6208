"""A job that was accepted is never submitted twice for want of an answer: what comes after it is a courtesy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from qctl.store import open_store
from qctl.store.command import script
from tests.support import Answer, Home, eventually
from tests.support.processes import processes_below
from tests.support.proxy import Proxy
from tests.support.store_seed import SeedWorker

YEARLY = """
[tasks.yearly]
run = "true"
schedule = "@yearly"

[notify.ops]
command = ["true"]
"""
HELLO = "[tasks.hello]\nrun = 'echo hello'\n"
LINE = "[tasks.hello-line]\nrun = 'true'\nparams.text = {}\n"


@pytest.fixture
def site(shared_home: Home, proxy: Proxy) -> Home:
    """A home whose Redis dies as soon as it has accepted a job of the task."""
    shared_home.write("tasks.toml", HELLO + LINE + "[tasks.other]\nrun = 'true'\n")
    shared_home.run("run", "other")  # from now on the script of a submit is known, and there is one answer to it
    proxy.refuse_after(b"hello")
    return shared_home


def through(proxy: Proxy) -> dict[str, str]:
    return {"QCTL_REDIS": proxy.url, "QCTL_REDIS_TIMEOUT": "20s"}


def test_a_redis_that_dies_after_it_has_accepted_a_job_is_warned_of(
    site: Home, proxy: Proxy, redis_url: str, namespace: str
) -> None:
    """Who works there comes along with the answer; whether a worker of another file has the task is asked for then."""
    instance = open_store(redis_url, namespace)
    SeedWorker(instance).register()
    answer = site.run("run", "hello", env=through(proxy))
    job = answer.stdout.strip()
    assert (answer.code, len(job)) == (0, 8), answer
    assert f"warning: {job} was accepted; whether a worker reads queue default is not known" in answer.stderr
    assert json.loads(site.run("show", job, "-o", "json").stdout)["state"] == "queued"
    instance.close()


def test_its_id_is_the_one_document_for_those_who_asked_for_json(site: Home, proxy: Proxy) -> None:
    answer = site.run("run", "hello", "-o", "json", env=through(proxy))
    receipt = json.loads(answer.stdout)
    assert (answer.code, receipt["schema"]) == (0, "qctl.receipt/1"), answer
    assert f"warning: {receipt['id']} was accepted" in answer.stderr


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize(
    ("words", "asked"),
    [("schedule run-now yearly", script("fire").sha), ("notify test ops", b"notify.ops")],
    ids=["run-now", "notify"],
)
def test_one_that_another_command_submits_is_no_failure_either(
    shared_home: Home, proxy: Proxy, words: str, asked: bytes, output: str
) -> None:
    shared_home.write("tasks.toml", YEARLY)
    beat = shared_home.start("beat")
    eventually(lambda: shared_home.run("schedule", "run-now", "yearly", "--dry-run").code == 0, within=15.0)
    assert beat.stop().code == 0
    first = shared_home.run(*words.split())  # from now on its script is known, and there is one answer to it
    assert first.code == 0, first
    proxy.refuse_after(asked)
    answer = shared_home.run(*words.split(), "-o", output, env=through(proxy))
    assert answer.code == 0, answer
    job = json.loads(answer.stdout)["id"] if output == "json" else answer.stdout.strip()
    assert len(job) == 8
    assert f"warning: {job} was accepted; " in answer.stderr
    assert shared_home.run("show", job).code == 0


def test_many_that_cannot_be_read_any_more_are_named_in_the_one_document(site: Home, proxy: Proxy) -> None:
    site.write("lines", "1\n2\n")
    answer = site.run("run", "hello-line", "--each", "lines", "-o", "json", env=through(proxy))
    items = json.loads(answer.stdout)["items"]
    assert (answer.code, [item["schema"] for item in items]) == (0, ["qctl.receipt/1"] * 2), answer
    assert f"warning: {' '.join(item['id'] for item in items)} were accepted" in answer.stderr


def test_a_wait_that_loses_redis_is_not_taken_for_a_submit_that_failed(site: Home, proxy: Proxy) -> None:
    answer = site.run("run", "hello", "--wait", env=through(proxy))
    assert (answer.code, answer.stdout) == (125, ""), answer
    assert "qctl wait " in answer.stderr


@pytest.mark.parametrize(("lines", "look"), [(2, "qctl wait "), (21, "help: qctl ps\n")])
def test_nor_is_one_for_many_jobs(site: Home, proxy: Proxy, lines: int, look: str) -> None:
    site.write("lines", "".join(f"{line}\n" for line in range(lines)))
    answer = site.run("run", "hello-line", "--each", "lines", "--wait", env=through(proxy))
    assert answer.code == 125, answer
    assert "Redis went away while waiting for " in answer.stderr
    assert look in answer.stderr
    assert sorted(site.run("ps", "hello-line", "-q").stdout.split()) == sorted(answer.stdout.split())


@pytest.mark.parametrize("lines", [1, 2, 21])
def test_a_script_gets_the_ids_of_all_that_it_waited_for_in_the_one_document(
    site: Home, proxy: Proxy, lines: int
) -> None:
    site.write("lines", "".join(f"{line}\n" for line in range(lines)))
    answer = site.run("run", "hello-line", "--each", "lines", "--wait", "-o", "json", env=through(proxy))
    told = json.loads(answer.stdout)
    assert (answer.code, told["exit"]) == (125, 125), answer
    assert sorted(told["accepted"]) == sorted(site.run("ps", "hello-line", "-q").stdout.split())
    assert len(told["accepted"]) == lines


@pytest.mark.parametrize("words", ["", "-q", "-o json"])
def test_a_job_whose_id_cannot_be_written_is_named_on_stderr(shared_home: Home, words: str) -> None:
    shared_home.write("tasks.toml", HELLO)
    answer = _shell(shared_home, f"{sys.executable} -m qctl run hello {words} >/dev/full")
    job = shared_home.run("ps", "-q").stdout.strip()
    assert answer.code == 1
    assert f"warning: job {job} was accepted all the same: qctl show {job}" in answer.stderr
    assert "cannot write to stdout" in answer.stderr


@pytest.mark.parametrize("words", ["", "-o json", "--wait"])
def test_many_whose_ids_cannot_be_written_are_named_on_stderr(shared_home: Home, words: str) -> None:
    shared_home.write("tasks.toml", HELLO)
    command = f"printf '1\\n2\\n' | {sys.executable} -m qctl run hello {words} --each - -- {{}} >/dev/full"
    answer = _shell(shared_home, command)
    jobs = shared_home.run("ps", "-q").stdout.split()
    assert (answer.code, len(jobs)) == (1, 2), answer
    (said,) = [line for line in answer.stderr.splitlines() if "accepted" in line]
    assert said.startswith("warning: 2 jobs were accepted all the same: qctl show "), answer
    assert all(job in said for job in jobs)


def _shell(home: Home, command: str) -> Answer:
    ended = subprocess.run(
        ["bash", "-c", command], capture_output=True, env=home.environment(), cwd=home.work, check=False, text=True
    )
    return Answer(ended.returncode, ended.stdout, ended.stderr)


def test_what_helps_against_a_silent_embedded_server_is_neither_another_url_nor_to_start_it(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    home.run("run", "hello", "-q")
    (server,) = (seen for seen in processes_below(home.folder) if seen.is_a_redis)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        answer = home.run("ps", "--redis-timeout", "0.5s")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert answer.code == 69, answer
    assert f"help: ps -o stat,time -p {server.pid} " in answer.stderr
    assert "qctl up -d" not in answer.stderr
    assert f"tail {home.state}/server.log" in answer.stderr
    assert "--redis URL" not in answer.stderr
    home.run("down")
