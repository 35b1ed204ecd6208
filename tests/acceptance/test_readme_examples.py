"""What the README's tables say to type is typed, row by row: "you want to", and those for users of cron and Celery."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import SOURCE
from tests.support.help_scene import Scene
from tests.support.waiting import eventually

#: What stands in the table for something of the reader's -> what it is on the machine of the test.
_STANDS_FOR = {
    r"\bT\b|\bTASK\b": "backup-db",
    r"\bname=value\b": "keep=3",
    r"\bQUEUE\b": "mails",
    r"\bCMD\b": "true",
    r"(?<=import crontab )FILE": "old.crontab",
    r"(?<=--each )FILE(?! k)": "hosts.txt",
    r"(?<=schedule rm )NAME|(?<=schedule disable )NAME": "backup-db",
    r"(?<=run-parts )DIR": ".",
    r"\bk=v\b": "keep=3",
    r"(?<!-)\bQ\b": "mails",
    r"\bTEXT\b": "why",
    r"\bDIR\b": "units",
    r"(?<=worker show )NAME|(?<=worker stop )NAME": "db1",
    r"(?<=notify test )NAME": "ops",
    r"(?<=--schedule )NAME": "backup-db",
}
#: Commands that go on until Ctrl-C -> what they say when they have begun.
_ATTENDED = {
    r"qctl (up|worker|beat)( -(?!-dry|d).*)?": "starts",
    "qctl events -f.*": "submit",
    r"qctl (ps|queue list|schedule list) -w": r"\S",
    "qctl top(?!.* --once).*": "^qctl top",
}
#: What happens while such a command looks on: where nothing does, it has nothing to say.
_MEANWHILE = {"submit": "qctl run hello", r"\S": "qctl run hello --in 1h"}
_HEADS = (
    "| you want to | you type |",
    "| with cron | with qctl |",
    "| `celery …` | with qctl |",
    "| canvas | from the shell |",
)
_STAFFED = ("qctl worker list", "qctl worker stop", "qctl worker show")
_SWITCHED = ("qctl queue pause", "qctl queue resume", "qctl schedule disable")
#: Works inside a job only; typed there by test_help_examples.py.
_INSIDE = "qctl progress"


def rows() -> Iterator[tuple[str, list[str]]]:
    """Each row: what one wants, and the lines to type; a flag alone is one more line of the command before it.

    A line that stands in several rows is typed for the first of them.
    """
    readme, seen = (SOURCE / "README.md").read_text(), set[str]()
    tables = "\n".join(readme[readme.index(head) :].split("\n\n")[0] for head in _HEADS)
    for want, typed in re.findall(r"^\| (.*?) \| (`.*) \|$", tables, re.M):
        lines: list[str] = []
        for code in re.findall(r"`([^`]+)`", typed.replace("\\|", "|")):
            if code.startswith("qctl") or "| qctl" in code:
                lines.append(code)
            elif code.startswith("-") and lines and "|" not in lines[0]:
                lines.append(f"{lines[0].partition(' -Q ')[0]} {code}")
        lines = [line for line in lines if line not in seen]
        seen.update(lines)
        if lines and not lines[0].startswith(_INSIDE):
            yield want, lines


_ROWS = dict(rows())


def _is_attended(line: str) -> str | None:
    return next((sign for form, sign in _ATTENDED.items() if re.fullmatch(form, line)), None)


def _apart(lines: list[str]) -> bool:
    own = ("qctl worker stop", "qctl up -d", "qctl down")
    return any(_is_attended(line) == "starts" or line.startswith(own) for line in lines)


def _with_ids(scene: Scene, line: str, folder: Path) -> str:
    if "ID.2" in line:
        return line.replace("ID.2", f"{scene.job('qctl chain dump sum', folder)}.2")
    if not re.search(r"\bID\b", line):
        return line
    job = scene.job("qctl run hello" + (" --in 1h" if "cancel" in line else ""), folder)
    if "cancel" not in line:
        scene.type(f"qctl wait {job}", folder)
    return re.sub(r"\bID\b…?", job, line)


def _type_row(scene: Scene, lines: list[str]) -> None:
    edits = any("schedule add" in line for line in lines)
    folder = scene.folder(scheduled=not edits)
    for line in lines:
        folder = folder if edits else scene.folder(empty=line == "qctl init")
        typed = line
        for form, value in _STANDS_FOR.items():
            typed = re.sub(form, value, typed)
        if sign := _is_attended(line):
            scene.attend(typed, folder, sign, _MEANWHILE.get(sign, ""))
            continue
        if line.startswith(_STAFFED):
            scene.staff()
        tried = {"QCTL_DRY_RUN": "1"} if "install" in line else {}
        answer = scene.type(_with_ids(scene, typed, folder), folder, tried)
        allowed = {0, 1} if line in ("qctl doctor", "qctl status") else {0}
        assert answer.code in allowed, f"{line}\n{answer}"


@pytest.mark.parametrize("want", [want for want, lines in _ROWS.items() if not _apart(lines)])
def test_what_the_table_says_to_type_does_it(scene: Scene, want: str) -> None:
    _type_row(scene, _ROWS[want])
    if _ROWS[want][0].startswith(_SWITCHED):
        for undo in ("qctl resume --all", "qctl resume mails", "qctl schedule enable --all"):
            scene.type(undo, scene.folder())


@pytest.mark.parametrize("want", [want for want, lines in _ROWS.items() if _apart(lines)])
def test_what_the_table_says_of_workers_does_it(apart: Scene, want: str) -> None:
    _type_row(apart, _ROWS[want])


def _block(language: str, holding: str) -> str:
    """The README's block of a language that has this in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (SOURCE / "README.md").read_text(), re.M | re.S)
    (found,) = [block for block in blocks if holding in block]
    return str(found)


def test_the_tasks_in_python_of_the_page_are_run_as_it_says(apart: Scene) -> None:
    folder = apart.folder(empty=True)
    (folder / "ops").mkdir()
    (folder / "ops" / "tasks.py").write_text(_block("python", "# ops/tasks.py"))
    (folder / "tasks.toml").write_text(_block("toml", 'modules = ["ops.tasks"]'))
    worker = apart.home.start("worker", cwd=folder)
    worker.wait_for("starts")
    eventually(lambda: apart.type("qctl task show ops.tasks.fetch", folder).code == 0, within=15.0, every=0.1)
    for line in _block("sh", "qctl task show ops.tasks.fetch").splitlines():
        answer = apart.type(line, folder)
        assert answer.code == 0, f"{line}\n{answer}"
    assert json.loads(answer.stdout) == [{"url": "a", "mode": "fast"}, {"url": "b", "mode": "fast"}]
    assert worker.stop().code == 0


def test_the_units_of_the_page_are_written_as_it_says(scene: Scene) -> None:
    folder = scene.folder()
    for line in _block("sh", "install systemd").splitlines():
        answer = scene.type(line, folder, {"QCTL_DRY_RUN": "1"})
        assert answer.code == 0, f"{line}\n{answer}"


def test_a_crontab_changes_sides_as_the_page_for_cron_users_says(apart: Scene) -> None:
    folder = apart.folder()
    lines = _block("sh", "qctl import crontab --write").splitlines()
    for line in lines:
        answer = apart.type(line, folder)
        assert answer.code == 0, f"{line}\n{answer}"
    assert any("/opt/poll.sh" in path.read_text() for path in (folder / "tasks.d").iterdir())


def test_the_whole_table_is_read() -> None:
    assert len(_ROWS) > 80
    assert sum(map(len, _ROWS.values())) > 120
