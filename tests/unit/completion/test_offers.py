"""What completion offers of a tasks.toml is kept in the user's cache, for as long as the files are as they were."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config import cache, load, offers
from qctl.config.offering import remember

TASKS = """
[qctl]
include = ["more/*.toml"]
modules = ["ops"]

[routes]
"mail.*" = "mails"

[queues.night]

[tasks.backup-db]
doc = '''
Dump the main database
and more'''
run = "true"
tags = ["db"]
schedule = "30 2 * * *"
params.keep = { type = "int", default = 14, help = "days" }
params.mode = { type = "choice", choices = ["fast", "two words"], default = "fast" }
params.dry = { type = "bool", default = false }
params.pin = { secret = true, choices = ["1234"], default = "1234" }

[workflows.nightly]
pipeline = "backup-db(mode=fast)"

[notify.ops]
command = ["true"]
"""

EVIL = r"""
[tasks.a]
run = "true"
doc = "x\u001b]0;owned\u0007\ty"
params.p = { choices = ["\u001b[2J", "fine"] }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "tasks.toml").write_text(TASKS)
    return tmp_path


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def kept_of(folder: Path, environ: Mapping[str, str]) -> str:
    path = str(folder / "tasks.toml")
    remember(load(path), environ)
    return offers.kept(path, environ)


def names(text: str, kind: str) -> list[str]:
    return [value for value, _ in offers.rows(text, kind)]


def test_tasks_are_kept_with_their_doc_line_and_parameters_with_what_they_take(
    folder: Path, environ: Mapping[str, str]
) -> None:
    text = kept_of(folder, environ)
    assert dict(offers.rows(text, "tasks")) == {"backup-db": "Dump the main database", "nightly": ""}
    assert dict(offers.rows(text, "params backup-db"))["keep="] == "days"
    assert names(text, "params backup-db") == [
        *("keep=", "mode=", "mode=fast", "mode=two words"),
        *("dry=", "dry=true", "dry=false", "pin="),
    ]
    assert dict(offers.rows(text, "schedules")) == {"backup-db": "30 2 * * *"}
    assert names(text, "queues") == ["night", "mails", "default"]
    assert names(text, "notify") == ["ops"]
    assert names(text, "tags") == ["db"]


def test_it_holds_until_a_file_that_was_read_is_another(folder: Path, environ: Mapping[str, str]) -> None:
    assert offers.is_current(kept_of(folder, environ))
    (folder / "more" / "new.toml").write_text("")
    assert not offers.is_current(offers.kept(str(folder / "tasks.toml"), environ))
    assert offers.is_current(kept_of(folder, environ))
    (folder / "tasks.toml").write_text(TASKS.replace("keep", "last"))
    assert not offers.is_current(offers.kept(str(folder / "tasks.toml"), environ))


def test_a_log_that_is_written_beside_a_file_changes_nothing(folder: Path, environ: Mapping[str, str]) -> None:
    (folder / "tasks.toml").write_text(TASKS.replace("more/*.toml", "more/one.toml"))
    (folder / "more" / "one.toml").write_text("")
    text = kept_of(folder, environ)
    (folder / "a.log").write_text("")
    (folder / "more" / "a.log").write_text("")
    assert offers.is_current(text)


def test_what_is_kept_already_is_not_written_again(folder: Path, environ: Mapping[str, str]) -> None:
    kept_of(folder, environ)
    target = offers.cache_file(str(folder / "tasks.toml"), environ)
    before = os.stat(target).st_ino
    kept_of(folder, environ)
    assert os.stat(target).st_ino == before


def test_what_workers_have_told_outlives_an_edit(folder: Path, environ: Mapping[str, str]) -> None:
    config = load(str(folder / "tasks.toml"))
    remember(replace(config, declared={"ops.mail": replace(config.tasks["backup-db"], name="ops.mail")}), environ)
    (folder / "tasks.toml").write_text(TASKS + "[tasks.more]\nrun = 'true'\n")
    assert set(names(kept_of(folder, environ), "tasks")) == {"backup-db", "nightly", "more", "ops.mail"}


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_others_may_write_is_not_trusted(what: str, folder: Path, environ: Mapping[str, str]) -> None:
    assert kept_of(folder, environ)
    path = str(folder / "tasks.toml")
    target = Path(offers.cache_file(path, environ))
    (target if what == "file" else target.parent).chmod(0o777)
    assert offers.kept(path, environ) == ""


def test_a_link_in_its_place_is_not_followed(folder: Path, environ: Mapping[str, str]) -> None:
    assert kept_of(folder, environ)
    path = str(folder / "tasks.toml")
    target = Path(offers.cache_file(path, environ))
    target.rename(folder / "elsewhere")
    target.symlink_to(folder / "elsewhere")
    assert offers.kept(path, environ) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_another_user_is_not_trusted(folder: Path, environ: Mapping[str, str]) -> None:
    assert kept_of(folder, environ)
    path = str(folder / "tasks.toml")
    os.chown(offers.cache_file(path, environ), 12345, 12345)
    assert offers.kept(path, environ) == ""


def test_what_another_version_of_qctl_has_kept_is_not_read(folder: Path, environ: Mapping[str, str]) -> None:
    assert kept_of(folder, environ)
    path = str(folder / "tasks.toml")
    target = Path(offers.cache_file(path, environ))
    target.write_text(target.read_text().replace("qctl offers 2 ", "qctl offers 2 9."))
    assert offers.kept(path, environ) == ""


def test_only_its_user_can_read_it(folder: Path, environ: Mapping[str, str]) -> None:
    kept_of(folder, environ)
    target = Path(offers.cache_file(str(folder / "tasks.toml"), environ))
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_is_no_matter(folder: Path) -> None:
    (folder / "cache").write_text("a file where the folder should be")
    assert kept_of(folder, {"XDG_CACHE_HOME": str(folder / "cache")}) == ""


def test_text_that_drives_a_terminal_is_made_harmless_or_left_out(folder: Path, environ: Mapping[str, str]) -> None:
    (folder / "tasks.toml").write_text(EVIL)
    text = kept_of(folder, environ)
    assert dict(offers.rows(text, "tasks")) == {"a": "x^[]0;owned^G y"}
    assert names(text, "params a") == ["p=", "p=fine"]
    assert "\x1b" not in text


def test_the_oldest_of_many_files_go(folder: Path, environ: Mapping[str, str]) -> None:
    for number in range(105):
        offers.save(f"/srv/{number}/tasks.toml", environ, offers.head(f"/srv/{number}/tasks.toml", ()))
    assert len(os.listdir(f"{cache.cache_folder(environ)}/offers")) == 100
    assert offers.kept("/srv/104/tasks.toml", environ)


def test_what_else_is_kept_in_the_cache_of_qctl_stays(environ: Mapping[str, str]) -> None:
    """Which words of other programs one was told of stands there, and it is the oldest of all."""
    beside = Path(environ["XDG_CACHE_HOME"], "qctl", "told-words")
    beside.parent.mkdir(parents=True, mode=0o700)
    beside.write_text("ls\n")
    os.utime(beside, (0, 0))
    for number in range(105):
        offers.save(f"/srv/{number}/tasks.toml", environ, "")
    assert beside.read_text() == "ls\n"
