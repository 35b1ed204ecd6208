"""What is kept of a configuration is taken from nobody but ourselves, and from no other qctl, Python or home."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from qctl.config import BadFile, load, load_found
from qctl.config.cache import cache_file
from qctl.config.compiling import keep
from tests.unit.compiled.kept_at_hand import EVERYTHING, found, keep_it, later_ns, now_ns


@pytest.mark.parametrize(("name", "other"), [("HOME", "/home/of/another"), ("PYTHONTZPATH", "/zones")])
def test_another_home_and_other_time_zones_are_other_configurations(
    name: str, other: str, folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_it(folder, environ)
    monkeypatch.setenv(name, other)
    assert found(folder, environ) is None


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("qctl.config.compiled.__version__", "0.0.9"),
        ("sys.version", "3.11.0 of another"),
        ("qctl.config.compiled._CODE", ("/usr",)),
        ("qctl.config.compiled._ZONES", "/nowhere"),
    ],
)
def test_what_another_qctl_or_python_has_kept_is_not_taken(
    what: str, other: object, folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_it(folder, environ)
    monkeypatch.setattr(what, other)
    assert found(folder, environ) is None


def test_two_files_whose_paths_are_written_alike_there_are_told_apart(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    for name in ("a/b", "a%b"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "tasks.toml").write_text(EVERYTHING)
    assert cache_file("compiled", str(tmp_path / "a/b"), environ) == cache_file(
        "compiled", str(tmp_path / "a%b"), environ
    )
    keep_it(tmp_path / "a/b", environ)
    assert found(tmp_path / "a/b", environ) is not None
    assert found(tmp_path / "a%b", environ) is None


@pytest.mark.parametrize("at_ns", [0, 4_000_000_000_000_000_000], ids=["changed just now", "written in the future"])
def test_a_file_that_bears_another_time_is_not_kept_before_it_is_settled(
    at_ns: int, folder: Path, environ: Mapping[str, str]
) -> None:
    """Both of its times tell of changes, and a clock may have been set back."""
    os.utime(folder / "tasks.toml", ns=(at_ns, at_ns))
    os.utime(folder / "more" / "one.toml", ns=(0, 0))
    os.utime(folder / "more", ns=(0, 0))
    keep(load(str(folder / "tasks.toml")), environ, later_ns() if at_ns else now_ns())
    assert found(folder, environ) is None


def test_nothing_is_kept_without_a_home(
    folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `~` means stands in the machine's list of users then, at which no stamp looks."""
    monkeypatch.delenv("HOME")
    keep_it(folder, {"XDG_CACHE_HOME": environ["XDG_CACHE_HOME"]})
    assert not Path(environ["XDG_CACHE_HOME"]).exists()


def test_what_is_too_much_is_neither_kept_nor_read(
    folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_it(folder, environ)
    size = Path(cache_file("compiled", str(folder / "tasks.toml"), environ)).stat().st_size
    monkeypatch.setattr("qctl.config.compiled.MAX_BYTES", size - 1)
    monkeypatch.setattr("qctl.config.compiling.MAX_BYTES", size - 1)
    assert found(folder, environ) is None
    shutil.rmtree(environ["XDG_CACHE_HOME"])
    keep_it(folder, environ)
    assert not Path(environ["XDG_CACHE_HOME"]).exists()


@pytest.mark.parametrize("data", [b"", b"[", b"[]", b"{}", b"[1,2,3,4]", b"\0" * 100, b"[" * 5000, b"\xff"])
def test_damage_is_no_error(data: bytes, folder: Path, environ: Mapping[str, str]) -> None:
    keep_it(folder, environ)
    target = Path(cache_file("compiled", str(folder / "tasks.toml"), environ))
    assert target.stat().st_mode & 0o777 == 0o600, "a URL with a password stands in it"
    assert target.parent.stat().st_mode & 0o777 == 0o700
    target.write_bytes(data)
    assert found(folder, environ) is None


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_others_may_write_is_not_trusted(what: str, folder: Path, environ: Mapping[str, str]) -> None:
    keep_it(folder, environ)
    target = Path(cache_file("compiled", str(folder / "tasks.toml"), environ))
    (target if what == "file" else target.parent).chmod(0o777)
    assert found(folder, environ) is None


def test_a_folder_that_is_led_to_is_not_trusted(folder: Path, environ: Mapping[str, str], tmp_path: Path) -> None:
    keep_it(folder, environ)
    target = Path(cache_file("compiled", str(folder / "tasks.toml"), environ)).parent
    target.rename(tmp_path / "elsewhere")
    target.symlink_to(tmp_path / "elsewhere")
    assert found(folder, environ) is None
    with pytest.raises(PermissionError):
        keep_it(folder, environ)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_nothing_is_put_into_the_home_of_another(folder: Path, environ: Mapping[str, str], tmp_path: Path) -> None:
    """Under sudo HOME may be that of who called it, who could write no cache of his own there then."""
    (tmp_path / "cache").mkdir()
    os.chown(tmp_path / "cache", 12345, 12345)
    with pytest.raises(PermissionError):
        keep_it(folder, environ)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_another_user_has_kept_is_not_trusted(what: str, folder: Path, environ: Mapping[str, str]) -> None:
    keep_it(folder, environ)
    target = Path(cache_file("compiled", str(folder / "tasks.toml"), environ))
    os.chown(target if what == "file" else target.parent, 12345, 12345)
    assert found(folder, environ) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root does not trust others' files")
@pytest.mark.parametrize("what", [".", "more", "tasks.toml", "more/one.toml"])
def test_root_refuses_what_others_could_have_written_as_before(
    what: str, folder: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack 41: a folder above may be opened to all, and no stamp tells of it."""
    monkeypatch.setattr(time, "time_ns", later_ns)
    load_found(None, environ, str(folder))
    assert type(load_found(None, environ, str(folder)).tasks) is not dict
    (folder / what).chmod(0o777)
    with pytest.raises(BadFile) as refused:
        load_found(None, environ, str(folder))
    assert refused.value.problems[0].code == "Q013"
