"""Fault 42: the embedded server's disk is full. What was acknowledged is there when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support import Home, eventually, processes_below

pytestmark = pytest.mark.redis

TASKS = "[tasks.large]\ncall = 'json:dumps'\nparams.obj = {{ type = 'str' }}\n[qctl]\nfsync = '{fsync}'\n"


@pytest.fixture
def ballast(home: Home) -> Iterator[Path]:
    """A file of 4 MB on the disk of 8 MB that holds the home's embedded server: what is removed to make room."""
    place = home.state.parent
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no right to mount a small disk here: {mounted.stderr.strip()}")
    file = place / "ballast"
    file.write_bytes(b"x" * (4 << 20))
    home.write("body", "y" * 900_000)
    yield file
    for seen in processes_below(home.folder):
        with suppress(ProcessLookupError):
            os.kill(seen.pid, 9)
    eventually(lambda: not processes_below(home.folder))
    subprocess.run(["umount", "--lazy", place], check=True)  # a dying process may be in it for a moment


def fill(home: Home) -> tuple[list[str], int, str]:
    """Submit until something else than an id is answered: the ids, the exit code and the complaint."""
    accepted: list[str] = []
    while len(accepted) < 20:
        answer = home.run("run", "-q", "large", "obj=@body", "--in", "1h")
        if answer.code != 0:
            return accepted, answer.code, answer.stderr
        accepted.append(answer.stdout.strip())
    raise AssertionError("8 MB hold more than 20 times 900 KB")


def kept(home: Home) -> set[str]:
    return set(home.run("ps", "-o", "name").stdout.split())


def test_with_everysec_writes_are_refused_until_there_is_room(home: Home, ballast: Path) -> None:
    home.write("tasks.toml", TASKS.format(fsync="everysec"))
    accepted, code, complaint = fill(home)
    assert accepted, complaint
    assert (code, "MISCONF" in complaint) == (75, True), complaint
    assert home.run("ps").code == 0, "what only reads goes on"

    ballast.unlink()

    later = eventually(lambda: fill_one(home), within=20.0)
    assert set(accepted) | {later} <= kept(home)


def fill_one(home: Home) -> str:
    answer = home.run("run", "-q", "large", "obj=@body", "--in", "1h")
    return answer.stdout.strip() if answer.code == 0 else ""


def test_with_always_the_server_ends_and_is_not_started_for_ever(home: Home, ballast: Path) -> None:
    home.write("tasks.toml", TASKS.format(fsync="always"))
    accepted, code, complaint = fill(home)
    assert accepted, complaint
    assert code in (69, 75, 76)

    complaints = [home.run("run", "-q", "large", "obj=@body", "--in", "1h").stderr for _ in range(8)]

    for complaint in complaints[-2:]:  # it is left alone, and that is said in one line
        assert "it stopped by itself 5 times in a row" in complaint, complaints
        assert complaint.count("error[") == 1
    status = home.run("status")
    assert (status.code, f"its disk was full: df -h {home.state}; " in status.stdout) == (3, True), status
    ballast.unlink()
    home.run("down")
    assert set(accepted) <= kept(home)
    assert fill_one(home)


def test_a_full_disk_is_named_by_every_command_and_once_by_a_worker(home: Home, ballast: Path) -> None:
    """Fault 42: a worker that goes on trying writes no more into its log, which is on that disk, than what is new."""
    home.write("tasks.toml", TASKS.format(fsync="always"))
    worker = home.start("worker", "-c", "1")
    worker.wait_for("slot is ready|starts")
    fill(home)
    refused = eventually(lambda: refusal(home, "in a row"), within=30.0)
    worker.wait_for("in a row", within=30.0)

    ended = home.run("down")

    assert "is on a full disk" in refused, refused
    assert f"df -h {home.state}" in refused, refused
    assert ended.code == 0, ended.stderr
    assert "1 worker told to go by a signal" in ended.stderr
    assert worker.wait() == 0
    assert home.run("down", "-o", "json").code == 0
    assert "Traceback" not in worker.stderr
    lines = [line.split(" WARNING ")[1] for line in worker.stderr.splitlines() if "cannot reach" in line]
    assert all(here != after for here, after in pairwise(lines)), "the same is said once"


def refusal(home: Home, words: str) -> str:
    complaint = home.run("run", "-q", "large", "obj=@body", "--in", "1h").stderr
    return complaint if words in complaint else ""
