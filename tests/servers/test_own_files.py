"""The places of qctl's own files are read-only or full (fault 82)."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from qctl.errors import RedisUnreachable
from qctl.model.state import Outcome
from qctl.store.embedded import ensure, launch
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import Home, eventually
from tests.support.processes import children

TASKS = f"""
[tasks.marked]
run = '''{MARK}'''
[tasks.gated]
run = '''{MARK}; while [ ! -e "$RECORD.open" ]; do sleep 0.02; done'''
"""


def mounted(place: Path, options: str) -> Iterator[Path]:
    """A small file system of its own at a place."""
    place.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no right to mount a small disk here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def read_only(home: Home) -> Iterator[Path]:
    yield from mounted(home.state.parent, "ro,size=1m,mode=700")


@pytest.mark.parametrize("words", [("run", "hello"), ("up",)])
def test_a_state_directory_that_is_read_only_is_named(home: Home, read_only: Path, words: tuple[str, ...]) -> None:
    """Fault 82: whatever would start a server there says where, in one line."""
    home.write("tasks.toml", "[tasks.hello]\nrun = 'echo hello'\n")

    answer = home.run(*words)

    assert answer.code in (69, 77, 78), answer
    assert f"{home.state}" in answer.stderr
    assert "Read-only file system" in answer.stderr
    assert answer.stderr.count("error[") == 1
    assert "findmnt -T" in answer.stderr
    assert "df -h" not in answer.stderr
    assert "Traceback" not in answer.stderr
    assert home.run("run", "hello", "--local").stdout == "hello\n"
    assert "✗ disk" in (doctor := home.run("doctor").stdout)
    assert "is on a file system that is read-only" in doctor


@pytest.fixture
def full(home: Home) -> Iterator[Path]:
    """A disk without room in the place of the home's state."""
    for place in mounted(home.state.parent, "size=64k,mode=700"):
        (place / "ballast").write_bytes(b"x" * 65536)
        yield place


def test_a_server_that_would_start_on_a_full_disk_says_so_and_starts_once_there_is_room(home: Home, full: Path) -> None:
    """Fault 82: in one line, by whichever command; what it has left of a start does not stand in the next one's way."""
    home.write("tasks.toml", "[tasks.hello]\nrun = 'echo hello'\n")

    for words in (("run", "hello"), ("up",), ("ps",)):
        answer = home.run(*words)
        assert answer.code == 69, answer
        assert "No space left on device" in answer.stderr
        assert f"df -h {home.state}" in answer.stderr
        assert answer.stderr.count("error[") == 1
        assert "Traceback" not in answer.stderr
    assert home.run("run", "hello", "--local").stdout == "hello\n"

    (full / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=16m", full], check=True)
    assert home.run("run", "-q", "hello").code == 0
    assert home.run("down").code == 0


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "df -h"), (errno.EROFS, "findmnt -T"), (errno.EDQUOT, "df -h")]
)
@pytest.mark.parametrize("file", ["write_start", "hand_over"])
def test_a_start_that_cannot_write_its_files_is_refused_with_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, number: int, advice: str
) -> None:
    """Fault 82: whichever file it is, where no disk can be mounted to try it."""
    directory = tmp_path / "state"

    def refuse(place: Path, *_: object) -> None:
        raise OSError(number, os.strerror(number), str(place / "file"))

    monkeypatch.setattr(launch, file, refuse)
    with pytest.raises(RedisUnreachable, match=os.strerror(number)) as refused:
        ensure(directory)

    assert str(directory / "file") in str(refused.value)
    assert advice in refused.value.advice


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Path]:
    """A place for temporary files that holds few of them."""
    yield from mounted(tmp_path / "narrow", "size=1m,nr_inodes=40,mode=1777")


@pytest.fixture
def shop(tmp_path: Path, redis_url: str, namespace: str) -> Iterator[Workshop]:
    made = Workshop(tmp_path, redis_url, namespace)
    made.declare(TASKS)
    yield made
    made.close()


def fill(place: Path) -> None:
    """Leave no room for one more file."""
    with suppress(OSError):
        for number in count():
            (place / f"ballast{number}").touch()


def test_a_worker_goes_on_while_there_is_no_room_for_its_files(shop: Workshop, narrow: Path) -> None:
    """Fault 82: what runs ends; a slot that has no directory is told of and tried again; nothing is lost."""
    worker = shop.ready_worker(slots=2, environment={"TMPDIR": str(narrow)})
    gated = shop.submit("gated")
    shop.running(gated)
    (template,) = (child.pid for child in children(worker.pid))
    (busy,) = (slot.pid for slot in children(template) if children(slot.pid))

    def told() -> list[dict[str, Any]]:
        """What a dead slot gives back is taken away as well."""
        for slot in children(template):
            if slot.pid != busy and slot.state != "Z":
                with suppress(ProcessLookupError):
                    os.kill(slot.pid, signal.SIGKILL)
        fill(narrow)
        return worker.records("cannot_fork")

    said = eventually(told, within=10.0, every=0.0)[0]
    assert "No space left on device" in said["message"]
    Path(f"{shop.record}.open").touch()
    assert shop.ended(gated).outcome is Outcome.SUCCEEDED
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    for file in narrow.glob("ballast*"):
        file.unlink()
    eventually(lambda: len(children(template)) == 2)
    assert not worker.records("renew") + worker.records("lost")
