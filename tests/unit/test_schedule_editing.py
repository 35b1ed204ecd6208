"""Schedules are added, changed and taken out where they stand: all that is not meant keeps its bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import tomli

from qctl.config.editing import CannotEdit, TextFile, add, entries_of, new_problems, open_file, remove, set_keys
from qctl.config.loading import load

#: The ways of writing it. `x` is the task; each is followed and preceded by others.
LAYOUTS = {
    "none": '[tasks.x]\nrun = "true"   # run it\n',
    "none, no line end": '[tasks.x]\nrun = "true"',
    "none, put in": '  [tasks.x]\n  run = "true"\n',
    "none, parameters below": '[tasks.x]\nrun = "true"\n\n[tasks.x.params.p]\ntype = "str"\n',
    "none, dotted parameters": '[tasks.x]\nrun = "true"\nparams.p.type = "str"\n',
    "none, dotted task": '[tasks]\nx.run = "true"\n',
    "none, task in one line": '[tasks]\nx = { run = "true" }\n',
    "none, quoted": "[tasks.\"x\"]\nrun = '''\ntrue\n'''\n",
    "text": '[tasks.x]\nschedule = "@daily"  # nightly\nrun = "true"\n',
    "text, put in": "  [tasks.x]\n    schedule   =   '@daily'  # nightly\n    run = \"true\"\n",
    "text, no line end": '[tasks.x]\nrun = "true"\nschedule = "@daily"',
    "table in a line": '[tasks.x]\nrun = "true"\nschedule = { cron = "@daily", jitter = "5m" } # c\n',
    "list": '[tasks.x]\nrun = "true"\nschedule = ["@daily", { cron = "@hourly" }]   # c\n',
    "list of one": '[tasks.x]\nrun = "true"\nschedule = ["@daily"]\n',
    "list over lines": (
        '[tasks.x]\nrun = "true"\nschedule = [\n    "@daily",  # first\n    # the second\n'
        '    { cron = "@hourly" }, # second\n]\n'
    ),
    "list, no last comma": (
        '[tasks.x]\nrun = "true"\nschedule = [\n    "@daily",  # first\n    "@hourly" # second\n]\n'
    ),
    "table": ('[tasks.x]\nrun = "true"\n\n[tasks.x.schedule]  # head\n# in\ncron = "@daily" # d\njitter = "5m"\n'),
    "table of tables": (
        '[tasks.x]\nrun = "true"\n[tasks.x.schedule]\ncron = "@daily"\n[tasks.x.schedule.with]\np = 1\n'
    ),
    "table before its task": '[tasks.x.schedule]\ncron = "@daily"\n\n[tasks.x]\nrun = "true"\n',
    "dotted": '[tasks.x]\nrun = "true"\nschedule.cron = "@daily" # c\nschedule.jitter = "5m"\n',
    "dotted, parted": '[tasks.x]\nschedule.cron = "@daily" # c\nrun = "true" # r\nschedule.jitter = "5m"\n',
    "dotted task": '[tasks]\nx.run = "true"\nx.schedule.cron = "@daily"\n',
    "dotted task, text": '[tasks]\nx.run = "true"\nx.schedule = "@daily" # c\n',
    "tables": (
        '[tasks.x]\nrun = "true"\n\n[[tasks.x.schedule]]\ncron = "@daily" # c\n\n# second\n'
        '[[tasks.x.schedule]]\ncron = "@hourly"\n'
    ),
    "tables of tables": (
        '[tasks.x]\nrun = "true"\n[[tasks.x.schedule]]\ncron = "@daily"\n[tasks.x.schedule.with]\np = 1\n'
        '[[tasks.x.schedule]]\ncron = "@hourly"\n[tasks.x.schedule.with]\np = 2\n'
    ),
    "task in one line": '[tasks]\nx = { run = "true", schedule = "@daily" } # c\n',
}
BEFORE = ("", '# top\n\n[qctl]\nnamespace = "q"  # n\n\n')
AFTER = ("", '\n# about y\n[tasks.y]\nrun = "y" # yy\nschedule = "@daily"\n', "\n\n# the end")

NEW = ({"cron": "30 2 * * *"}, {"every": "90m", "jitter": "5m", "with": {"a b": 1}})
KEYS = ({"jitter": "9m"}, {"cron": "1 1 * * *"}, {"every": "5m", "with": {"k": "v"}}, {"jitter": None})


def files(folder: Path, layout: str) -> list[TextFile]:
    """The layout among others, with both ends of lines, and with a byte order mark."""
    found = []
    for number, (before, after, newline) in enumerate(product(BEFORE, AFTER, ("\n", "\r\n"))):
        path = folder / f"{number}.toml"
        text = (before + LAYOUTS[layout] + after).replace("\n", newline)
        path.write_bytes((b"\xef\xbb\xbf" if number % 2 else b"") + text.encode())
        found.append(open_file(str(path)))
    return found


def others(text: str) -> list[str]:
    """The lines that are about nothing but what surrounds the task."""
    ours = {line for line in LAYOUTS_LINES if line.strip()}
    return [line for line in text.splitlines() if line not in ours]


LAYOUTS_LINES = frozenset(line for text in LAYOUTS.values() for line in text.splitlines())


def comments(text: str) -> list[str]:
    return [line[line.index("#") :].strip() for line in text.splitlines() if "#" in line]


def surroundings_stay(before: str, after: str) -> None:
    kept = after.splitlines()
    assert [line for line in others(before) if line not in kept] == []
    assert ("\r\n" in before) == ("\r\n" in after)
    assert "\r\n" not in after or "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("schedule", NEW, ids=["text", "table"])
def test_a_schedule_is_added_and_every_comment_stays(tmp_path: Path, layout: str, schedule: dict[str, object]) -> None:
    for file in files(tmp_path, layout):
        text = add(file, "x", schedule)
        assert entries_of(text, "x") == [*entries_of(file.text, "x"), schedule]
        assert set(comments(file.text)) <= set(comments(text))
        surroundings_stay(file.text, text)


@pytest.mark.parametrize("layout", [name for name, text in LAYOUTS.items() if "schedule" in text])
@pytest.mark.parametrize("keys", KEYS, ids=["jitter", "cron", "every", "none"])
def test_keys_are_set_and_every_comment_stays(tmp_path: Path, layout: str, keys: dict[str, object]) -> None:
    for file in files(tmp_path, layout):
        before = entries_of(file.text, "x")
        for place, old in enumerate(before):
            text = set_keys(file, "x", place, keys)
            gone = {"cron", "every", "at"} if {"cron", "every"} & keys.keys() else set()
            new = {key: value for key, value in old.items() if key not in gone} | keys
            expected = {key: value for key, value in new.items() if value is not None}
            assert entries_of(text, "x") == [*before[:place], expected, *before[place + 1 :]]
            lost = set(comments(file.text)) - set(comments(text))
            assert lost == set() or ("jitter" in keys and keys["jitter"] is None)
            surroundings_stay(file.text, text)


@pytest.mark.parametrize("layout", [name for name, text in LAYOUTS.items() if "schedule" in text])
def test_a_schedule_is_taken_out_and_what_is_about_others_stays(tmp_path: Path, layout: str) -> None:
    for file in files(tmp_path, layout):
        before = entries_of(file.text, "x")
        for place in range(len(before)):
            text = remove(file, "x", place)
            assert entries_of(text, "x") == [*before[:place], *before[place + 1 :]]
            assert tomli.loads(text)["tasks"]["x"]["run"]
            for comment in ("# top", "# n", "# about y", "# yy", "# the end", "# r"):
                assert (comment in comments(file.text)) == (comment in comments(text)), (comment, text)
            surroundings_stay(file.text, text)


def test_added_and_taken_out_again_the_text_is_as_it_was(tmp_path: Path) -> None:
    for layout in ("none", "none, parameters below", "none, dotted task", "none, put in"):
        for file in files(tmp_path, layout):
            text = add(file, "x", NEW[0])
            path = tmp_path / "again.toml"
            path.write_bytes(text.encode())
            assert remove(open_file(str(path)), "x", 0) == file.text


class TestSwapping:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "tasks.toml"
        path.write_bytes(b'[tasks.x]\nrun = "true"\n')
        return path

    def test_mode_and_link_stay_and_nothing_is_left_beside_it(self, path: Path) -> None:
        path.chmod(0o640)
        link = path.parent / "link.toml"
        link.symlink_to(path.name)

        open_file(str(link)).swap("# new\n")

        assert (path.read_text(), path.stat().st_mode & 0o777) == ("# new\n", 0o640)
        assert link.is_symlink()
        assert sorted(each.name for each in path.parent.iterdir()) == ["link.toml", "tasks.toml"]

    def test_a_byte_order_mark_stays(self, path: Path) -> None:
        path.write_bytes(b"\xef\xbb\xbf# old\n")
        open_file(str(path)).swap("# new\n")
        assert path.read_bytes() == b"\xef\xbb\xbf# new\n"

    @pytest.mark.parametrize("write", [Path.write_text, lambda path, text: (path.unlink(), path.write_text(text))])
    def test_what_somebody_wrote_meanwhile_is_not_overwritten(
        self, path: Path, write: Callable[[Path, str], object]
    ) -> None:
        file = open_file(str(path))
        write(path, "# of somebody else\n")

        with pytest.raises(CannotEdit, match="somebody has written to it meanwhile"):
            file.swap("# new\n")

        assert path.read_text() == "# of somebody else\n"
        assert [each.name for each in path.parent.iterdir()] == ["tasks.toml"]

    def test_what_is_not_writable_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = open_file(str(path))
        monkeypatch.setattr(os, "access", lambda place, mode: place != file.real)
        with pytest.raises(CannotEdit, match="it is not writable for you"):
            file.swap("# new\n")
        assert path.read_text().startswith("[tasks.x]")


class TestTrial:
    def test_what_was_wrong_before_need_not_be_mended_first(self, tmp_path: Path) -> None:
        path = tmp_path / "tasks.toml"
        path.write_text('[tasks.x]\nrun = "true"\n[tasks.broken]\nnur = 1\n')
        before, text = load(str(path)), path.read_text()

        assert new_problems(before, str(path), str(path), f"# a line more\n{text}") == ()
        (problem,) = new_problems(
            before, str(path), str(path), text + '[tasks.y]\nrun = "y"\nschedule = "75 * * * *"\n'
        )
        assert (problem.code, problem.task) == ("Q021", "y")
        (unread,) = new_problems(before, str(path), str(path), "[tasks.x\n")
        assert unread.code == "Q011"

    def test_an_included_file_is_tried_within_the_whole(self, tmp_path: Path) -> None:
        first, second = tmp_path / "tasks.toml", tmp_path / "more.toml"
        first.write_text('[qctl]\ninclude = ["more.toml"]\n[tasks.x]\nrun = "true"\n')
        second.write_text('[tasks.y]\nrun = "true"\n')

        problems = new_problems(load(str(first)), str(first), str(second), '[tasks.x]\nrun = "true"\n')

        assert [problem.code for problem in problems] == ["Q026"]
