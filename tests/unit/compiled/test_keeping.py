"""A configuration that was read before is kept in the user's cache, and is what reading it again would give."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from qctl.config import load, load_found
from qctl.config.compiling import keep
from tests.support.source import ROOT
from tests.unit.compiled.kept_at_hand import EVERYTHING, found, keep_it, later_ns, now_ns


def test_what_is_kept_is_what_was_read(folder: Path, environ: Mapping[str, str]) -> None:
    config = keep_it(folder, environ)
    again = found(folder, environ)
    assert again is not None
    assert again == config
    assert dict(again.tasks) == config.tasks
    assert dict(again.documents) == config.documents
    assert repr(again) == repr(config)
    assert list(again.runnable) == list(config.runnable)
    assert again.workflows["nightly"].composition == config.workflows["nightly"].composition


def test_a_task_is_made_when_it_is_asked_for(folder: Path, environ: Mapping[str, str]) -> None:
    keep_it(folder, environ)
    again = found(folder, environ)
    assert again is not None
    assert again.task("backup-db") is again.tasks["backup-db"]
    assert "nothing" not in again.tasks
    with pytest.raises(KeyError):
        again.tasks["nothing"]


def test_a_file_that_was_written_to_just_now_is_not_kept(folder: Path, environ: Mapping[str, str]) -> None:
    config = load(str(folder / "tasks.toml"))
    keep(config, environ, now_ns())
    assert found(folder, environ) is None


def edit(folder: Path) -> None:
    (folder / "tasks.toml").write_text(EVERYTHING.replace("Dump", "Dumq"))


def edit_an_included_file(folder: Path) -> None:
    (folder / "more" / "one.toml").write_text('[tasks.other]\ncall = "a:c"\n')


def add_a_file_that_is_included(folder: Path) -> None:
    (folder / "more" / "two.toml").write_text("")


def remove_an_included_file(folder: Path) -> None:
    (folder / "more" / "one.toml").unlink()


def replace_it_by_one_as_old(folder: Path) -> None:
    was = (folder / "tasks.toml").stat()
    (folder / "new").write_text(EVERYTHING.replace("Dump", "Dumq"))
    os.utime(folder / "new", ns=(was.st_atime_ns, was.st_mtime_ns))
    (folder / "new").replace(folder / "tasks.toml")


def edit_it_and_set_its_time_back(folder: Path) -> None:
    was = (folder / "tasks.toml").stat()
    edit(folder)
    os.utime(folder / "tasks.toml", ns=(was.st_atime_ns, was.st_mtime_ns))


def let_others_write_to_it(folder: Path) -> None:
    (folder / "tasks.toml").chmod(0o666)


@pytest.mark.parametrize(
    "change",
    [
        edit,
        edit_an_included_file,
        add_a_file_that_is_included,
        remove_an_included_file,
        replace_it_by_one_as_old,
        edit_it_and_set_its_time_back,
        let_others_write_to_it,
    ],
)
def test_what_anybody_changes_is_read_anew(change: object, folder: Path, environ: Mapping[str, str]) -> None:
    assert callable(change)
    keep_it(folder, environ)
    assert found(folder, environ) is not None
    change(folder)
    assert found(folder, environ) is None


def test_a_file_that_is_written_beside_it_changes_nothing(folder: Path, environ: Mapping[str, str]) -> None:
    keep_it(folder, environ)
    (folder / "a.log").write_text("")
    again = found(folder, environ)
    assert again is not None
    assert again.stamps == load(str(folder / "tasks.toml")).stamps


def test_a_link_that_leads_nowhere_yet_is_looked_at(folder: Path, environ: Mapping[str, str]) -> None:
    (folder / "more" / "late.toml").symlink_to(folder / "elsewhere")
    keep_it(folder, environ)
    assert found(folder, environ) is not None
    (folder / "elsewhere").write_text('[tasks.late]\nrun = "true"\n')
    assert found(folder, environ) is None


@pytest.mark.parametrize("include", ['"a.toml", "b.toml"', '"a.toml", "links/*.toml"'])
def test_a_link_to_a_file_that_is_read_already_is_looked_at(
    include: str, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """`current` is what leads to the newest release, and there it leads to a file of its own."""
    for folder in ("one", "two", "links"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a.toml").write_text('[tasks.old]\nrun = "true"\n')
    (tmp_path / "one" / "b.toml").symlink_to(tmp_path / "a.toml")
    (tmp_path / "two" / "b.toml").write_text('[tasks.new]\nrun = "true"\n')
    for link, target in (("current", "one"), ("b.toml", "current/b.toml"), ("links/b.toml", "current/b.toml")):
        (tmp_path / link).symlink_to(tmp_path / target)
    (tmp_path / "tasks.toml").write_text(f"[qctl]\ninclude = [{include}]\n")
    assert list(keep_it(tmp_path, environ).tasks) == ["old"]
    assert found(tmp_path, environ) is not None

    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(tmp_path / "two")

    assert found(tmp_path, environ) is None
    assert list(keep_it(tmp_path, environ).tasks) == ["old", "new"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('[tasks.a]\nrun = "true"\ncwd = "~root/x"\n', "homes of others are in a list of users"),
        ('[qctl]\ninclude = ["*/*/a.toml"]\n[tasks.a]\nrun = "true"\n', "a new folder may hold one"),
        ('[tasks.a]\nrun = "true"\n[tasks.b]\nrun = 3\n', "each command tells of the broken task"),
        ('[tasks.a]\nrun = "true"\nschedule = { at = 2036-01-01T00:00:00 }\n', "JSON has no dates"),
    ],
)
def test_what_cannot_be_kept_is_read_each_time(
    said: str, why: str, tmp_path: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text(said)
    monkeypatch.setattr(time, "time_ns", later_ns)
    for _ in range(2):
        config = load_found(str(file), environ, str(tmp_path))
        assert type(config.tasks) is dict, why
        assert "a" in config.tasks


def test_who_cannot_keep_it_reads_it(folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", later_ns)
    for cache in ("/proc/nowhere", "/dev/full", "/dev/null/x"):
        config = load_found(None, {**environ, "XDG_CACHE_HOME": cache}, str(folder))
        assert "backup-db" in config.tasks


def test_the_second_command_reads_what_the_first_has_kept(
    folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", later_ns)
    first = load_found(None, environ, str(folder))
    assert type(first.tasks) is dict
    second = load_found(None, environ, str(folder))
    assert type(second.tasks) is not dict
    assert second == first


def test_a_hit_imports_nothing_that_reads_toml(folder: Path) -> None:
    environ = {"HOME": str(folder), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    kept_now = (
        "import os, time; real = time.time_ns; time.time_ns = lambda: real() + 10**13\n"
        "from qctl.config import load_found; load_found(None, os.environ, os.getcwd())"
    )
    asked = (
        "import os, sys\nfrom qctl.config import load_found\n"
        "print(load_found(None, os.environ, os.getcwd()).task('backup-db').run, *sys.modules)"
    )
    for _ in range(2):
        said = subprocess.run(
            [sys.executable, "-c", kept_now + "\n" + asked], cwd=folder, env=environ, capture_output=True, text=True
        )
        assert said.returncode == 0, said.stderr
    said = subprocess.run([sys.executable, "-c", asked], cwd=folder, env=environ, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    task, *modules = said.stdout.split()
    unwanted = {"qctl.config.loading", "tomli", "qctl.config.problems", "zoneinfo", "pathlib", "typing", "signal"}
    assert task == "true"
    assert unwanted & set(modules) == set()
