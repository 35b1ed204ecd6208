"""Edits are noticed however they are made, and a broken file leaves the last good configuration in force."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qctl.config import BadFile, Config, Watch, changed, load
from tests.support.descriptors import none_left
from tests.unit.config_files import Files

ONE = "[tasks.one]\nrun = 'true'\n"
TWO = "[tasks.two]\nrun = 'true'\n"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def watch(files: Files) -> Watch:
    return Watch(files.load(ONE), settled=0.5)


def look(watch: Watch, *times: float) -> Config | BadFile | None:
    """What the last look answers."""
    return [watch.run_once(now) for now in times][-1]


def in_place(path: Path) -> None:
    path.write_text(TWO)


def by_rename(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_text(TWO)
    new.rename(path)


def by_rename_with_the_old_times(path: Path) -> None:
    """As rsync -t and some deployment tools do."""
    before = path.stat()
    new = path.with_suffix(".new")
    new.write_text(TWO)
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.rename(path)


def by_link(path: Path) -> None:
    path.with_name("v2.toml").write_text(TWO)
    link = path.with_name("link")
    link.symlink_to("v2.toml")
    link.rename(path)


@pytest.mark.parametrize("edit", [in_place, by_rename, by_rename_with_the_old_times, by_link])
def test_an_edit_is_noticed_however_it_is_made(files: Files, watch: Watch, edit: Callable[[Path], None]) -> None:
    """R8, fault 76."""
    assert look(watch, 1.0) is None

    edit(files.folder / "tasks.toml")

    assert changed(watch.config)
    news = look(watch, 2.0, 3.0)
    assert isinstance(news, Config)
    assert list(news.tasks) == ["two"]
    assert watch.config is news
    assert look(watch, 4.0) is None


def test_a_file_that_is_still_being_written_is_not_read(files: Files, watch: Watch) -> None:
    """R9, fault 76."""
    path = files.folder / "tasks.toml"
    path.write_text("[tasks.two]\nru")
    assert look(watch, 1.0, 1.4) is None

    path.write_text(TWO)

    assert look(watch, 1.6, 2.0) is None
    assert isinstance(look(watch, 2.2), Config)
    assert watch.problem is None


def test_a_broken_file_leaves_the_last_good_one_in_force_and_is_told_once(files: Files, watch: Watch) -> None:
    """R5, fault 75."""
    good = watch.config
    (files.folder / "tasks.toml").write_text("[tasks.two\n")

    news = look(watch, 1.0, 2.0)

    assert isinstance(news, BadFile)
    assert news.problems[0].line == 1
    assert watch.config is good
    assert look(watch, 3.0, 4.0) is None
    assert look(watch, 5.0) is None


def test_a_repaired_file_is_told_even_if_it_says_what_it_said_before(files: Files, watch: Watch) -> None:
    path = files.folder / "tasks.toml"
    path.write_text("[")
    look(watch, 1.0, 2.0)

    path.write_text(ONE)

    assert isinstance(look(watch, 3.0, 4.0), Config)
    assert watch.problem is None


def test_a_file_taken_away_is_a_problem_until_it_is_back(files: Files, watch: Watch) -> None:
    path = files.folder / "tasks.toml"
    path.rename(files.folder / "away")
    assert isinstance(look(watch, 1.0, 2.0), BadFile)

    (files.folder / "away").rename(path)

    assert isinstance(look(watch, 3.0, 4.0), Config)


def test_an_edit_that_changes_no_definition_is_not_told(files: Files, watch: Watch) -> None:
    (files.folder / ".tasks.toml.swp").write_text("an editor's file")
    (files.folder / "tasks.toml").write_text("# words\n" + ONE)

    assert look(watch, 1.0, 2.0, 3.0) is None
    assert watch.config.task("one").line == 2


def test_a_new_file_for_a_pattern_is_noticed(files: Files) -> None:
    files.write("[tasks.a]\nrun = 'true'", "tasks.d/a.toml")
    watch = Watch(files.load("[qctl]\ninclude = ['tasks.d/*.toml', 'later.d/*.toml']"))

    files.write("[tasks.b]\nrun = 'true'", "tasks.d/b.toml")
    news = look(watch, 1.0, 2.0)
    assert isinstance(news, Config)
    assert list(news.tasks) == ["a", "b"]

    files.write("[tasks.c]\nrun = 'true'", "later.d/c.toml")
    news = look(watch, 3.0, 4.0)
    assert isinstance(news, Config)
    assert list(news.tasks) == ["a", "b", "c"]


def test_an_included_file_that_breaks_is_told_with_its_place(files: Files) -> None:
    files.write("[tasks.a]\nrun = 'true'", "tasks.d/a.toml")
    watch = Watch(files.load("[qctl]\ninclude = ['tasks.d/*.toml']"))

    files.write("[tasks.a]\nrun = ", "tasks.d/a.toml")

    news = look(watch, 1.0, 2.0)
    assert isinstance(news, BadFile)
    assert news.problems[0].place.endswith("tasks.d/a.toml:2:7")


def test_reload_reads_at_once(files: Files, watch: Watch) -> None:
    assert watch.reload() is None

    (files.folder / "tasks.toml").write_text(TWO)

    assert isinstance(watch.reload(), Config)


def test_a_file_that_cannot_be_read_for_want_of_a_descriptor_is_tried_again_and_told_once(
    files: Files, watch: Watch
) -> None:
    """Fault 21: nothing about the file will ever say that there are some again."""
    (files.folder / "tasks.toml").write_text(TWO)
    with none_left():
        news = look(watch, 1.0, 2.0)
        assert isinstance(news, BadFile)
        assert str(news).endswith("cannot read it: Too many open files")
        assert look(watch, 4.0, 6.0) is None

    news = look(watch, 8.0)
    assert isinstance(news, Config)
    assert list(news.tasks) == ["two"]
    assert look(watch, 10.0) is None


def test_nothing_has_changed_by_reading(files: Files) -> None:
    config = load(files.write(ONE))

    assert not changed(config)


def test_without_a_file_there_is_nothing_to_watch() -> None:
    assert Watch(Config()).run_once(1.0) is None
    assert Watch(Config()).reload() is None
