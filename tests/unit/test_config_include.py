"""Several files, one configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import BadFile, load
from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_patterns_are_relative_to_their_file_and_read_in_order(files: Files) -> None:
    files.write("[tasks.b]\nrun = 'true'", "tasks.d/20.toml")
    files.write("[tasks.a]\nrun = 'true'\ncwd = 'x'", "tasks.d/10.toml")
    files.write("[tasks.no]\nrun = 'true'", "tasks.d/30.toml.swp")

    config = files.load('[qctl]\ninclude = ["tasks.d/*.toml", "none.d/*.toml"]\n[tasks.main]\nrun = "true"')

    assert list(config.tasks) == ["main", "a", "b"]
    assert config.task("a").cwd == str(files.folder / "tasks.d/x")
    assert config.task("a").file == str(files.folder / "tasks.d/10.toml")
    assert [Path(path).name for path in config.files] == ["tasks.toml", "10.toml", "20.toml"]


def test_defaults_reach_the_files_that_are_included_and_not_back(files: Files) -> None:
    files.write("[defaults]\npriority = 9\n[tasks.inner]\nrun = 'true'", "inner.toml")

    config = files.load("[qctl]\ninclude = ['inner.toml']\n[defaults]\ntimeout = '1h'\n[tasks.outer]\nrun = 'true'")

    inner, outer = config.task("inner"), config.task("outer")
    assert (inner.timeout, inner.priority) == (3600.0, 9)
    assert (outer.timeout, outer.priority) == (3600.0, 5)


def test_an_included_file_may_add_modules_and_roots_and_nothing_else_of_the_whole(files: Files) -> None:
    files.write("[qctl]\nmodules = ['b']\npython_path = ['lib']\n", "sub/more.toml")
    config = files.load("[qctl]\ninclude = ['sub/more.toml']\nmodules = ['a', 'b']")
    assert config.modules == ("a", "b")
    assert config.python_path == (str(files.folder / "sub/lib"),)

    files.write("[qctl]\nnamespace = 'b'\n", "sub/more.toml")
    problem = files.refused("[qctl]\ninclude = ['sub/more.toml']")
    assert (problem.code, problem.line, Path(problem.file).name) == ("Q025", 2, "more.toml")


def test_files_that_include_each_other_are_refused_with_the_way(files: Files) -> None:
    """Attack 37."""
    files.write("[qctl]\ninclude = ['tasks.toml']", "b.toml")

    problem = files.refused("[qctl]\ninclude = ['b.toml']")

    assert (problem.code, problem.line) == ("Q020", 2)
    assert "tasks.toml -> b.toml -> tasks.toml" in problem.message


def test_a_file_that_two_patterns_reach_is_read_once(files: Files) -> None:
    files.write("[tasks.a]\nrun = 'true'", "d/a.toml")
    (files.folder / "link.toml").symlink_to("d/a.toml")

    config = files.load("[qctl]\ninclude = ['d/*.toml', 'd/a.toml', 'link.toml']")

    assert list(config.tasks) == ["a"]
    assert config.problems == ()


def test_a_task_declared_in_two_files_is_neither(files: Files) -> None:
    files.write("[tasks.a]\nrun = 'rm'\n[tasks.b]\nrun = 'true'", "d/a.toml")

    config = files.load("[qctl]\ninclude = ['d/*.toml']\n[tasks.a]\nrun = 'true'")

    assert list(config.tasks) == ["b"]
    (problem,) = config.broken["a"]
    assert problem.code == "Q026"
    assert f"first in {files.folder}/tasks.toml:3" in problem.message
    assert problem.file == f"{files.folder}/d/a.toml"


def test_an_included_file_that_cannot_be_read_refuses_all(files: Files) -> None:
    for text in ("[qctl]\ninclude = ['gone.toml']", "[qctl]\ninclude = ['bad.toml']"):
        files.write("[", "bad.toml")
        with pytest.raises(BadFile) as caught:
            load(files.write(text))
        assert Path(caught.value.problems[0].file).name in ("tasks.toml", "bad.toml")


def test_a_file_that_is_included_and_not_there_is_told_where_it_is_named(files: Files) -> None:
    problem = files.refused("[qctl]\ninclude = ['d/*.toml', 'gone.toml']")
    assert (Path(problem.file).name, problem.line, problem.column) == ("tasks.toml", 2, 24)
    assert problem.message == f"there is no {files.folder}/gone.toml to include"


def test_include_must_be_a_list_of_texts(files: Files) -> None:
    assert files.refused("[qctl]\ninclude = 'a.toml'").code == "Q015"
    assert files.refused("[qctl]\ninclude = [5]").code == "Q015"
