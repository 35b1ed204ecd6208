"""Every example that help and manual give is typed as it stands, on a machine that has the tasks it names."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from qctl.cli.calling import load
from qctl.cli.grammar import pages_of
from qctl.cli.root import EXAMPLES
from qctl.cli.table import COMMANDS
from qctl.cli.topics import TOPICS
from tests.support.command_line import SOURCE
from tests.support.help_scene import Scene

#: Lines that go on until Ctrl-C -> what they say when they have begun.
ATTENDED = {
    "qctl ps -w": r"\S",
    "qctl queue list -w": r"\S",
    "qctl schedule list -w": r"\S",
    "qctl top": "^qctl top",
    "qctl top --query 'queue:batch wait>5m'": "^qctl top",
    "qctl top --interval 5s": "^qctl top",
    "qctl top --read-only": "^qctl top",
    "qctl top --plain": "^qctl top",
    "qctl up": "starts",
    "qctl worker": "starts",
    "qctl worker -Q high,low -c 4": "starts",
    "qctl worker --autoscale 2,16": "starts",
    "qctl worker -B": "starts",
    "qctl beat": "starts",
    "qctl events -f -n 20": "submit",
    "qctl events -f --type submit --type cancel": "submit",
    "qctl events -f -o jsonl | jq -r 'select(.type == \"bury\") | .jobs[]'": r"^\w{8}$",
}
#: Codes that an example may exit with besides 0.
ALSO: Mapping[str, set[int]] = {
    "qctl doctor": {1},
    "qctl status": {1},
    "qctl status -o json": {1},
    "qctl logs -f @last": {124},
}
#: Pages that would write beside the folder of a test, by the flag that only says what they would do.
TRIED = ("qctl install", "qctl install systemd", "qctl uninstall", "qctl uninstall systemd", "qctl completion")
#: Pages whose commands have a machine of their own: they start and end servers, workers and beats.
APART = ("qctl up", "qctl down", "qctl worker", "qctl worker stop", "qctl beat")


def examples() -> dict[str, list[str]]:
    """The lines of each page, each line where it stands first."""
    pages = {"qctl": [line for line, _ in EXAMPLES]}
    for row in COMMANDS:
        if row.module:
            for page in pages_of(load(row.module).app, f"qctl {row.name}"):
                pages[page.path] = [line for line, _ in page.examples]
    for name, topic in TOPICS.items():
        texts = "\n".join(part for part in topic.parts if isinstance(part, str))
        if name != "pipelines":  # tests/acceptance/test_help_pipelines.py has these
            pages[f"qctl help {name}"] = [
                re.split(r"\s{2,}", line)[0] for line in re.findall(r"^  (qctl .*)$", texts, re.M)
            ]
    found: dict[str, str] = {}
    for path, lines in pages.items():
        for line in lines:
            found.setdefault(line, path)
    return {path: [line for line, place in found.items() if place == path] for path in dict.fromkeys(found.values())}


def _ended(scene: Scene, folder: Path) -> dict[str, str]:
    done, flow = scene.job("qctl run backup-db", folder), scene.job("qctl chain dump sum", folder)
    scene.type(f"qctl wait {done} {flow}", folder)
    return {"7kq2": done, "8r4x": done, "7kq5": flow}


def _failed(scene: Scene, folder: Path) -> dict[str, str]:
    flow = scene.job("qctl chain dump fragile", folder)
    scene.type(f"qctl wait {flow}", folder)
    return {**_ended(scene, folder), "7kq5": flow}


def _paused(scene: Scene, folder: Path) -> dict[str, str]:
    scene.type("qctl queue pause mails default", folder)
    return {}


def _queued(scene: Scene, folder: Path) -> dict[str, str]:
    return {"7kq2": scene.job("qctl run hello --in 1h", folder)}


def _waited(scene: Scene, folder: Path) -> dict[str, str]:
    return {f'"${name}"': scene.job("qctl run hello", folder) for name in ("id", "a", "b")}


def _in_mails(scene: Scene, folder: Path) -> dict[str, str]:
    scene.job("qctl run hello -Q mails --in 1h", folder)
    return {}


def _in_a_job(_scene: Scene, _folder: Path) -> dict[str, str]:
    program = f"env PYTHONPATH={SOURCE} {sys.executable} -P -m qctl"
    return {r"qctl (progress .*)": rf"qctl run --wait --sh '{program} \1'"}


#: What has happened before somebody types the examples of a page -> what stands for its ids.
BEFORE: Mapping[str, Callable[[Scene, Path], Mapping[str, str]]] = {
    **dict.fromkeys(("qctl logs", "qctl history", "qctl rm", "qctl ps"), _ended),
    **dict.fromkeys(("qctl show", "qctl retry"), _failed),
    **dict.fromkeys(("qctl queue resume", "qctl resume"), _paused),
    "qctl cancel": _queued,
    "qctl wait": _waited,
    "qctl progress": _in_a_job,
    **dict.fromkeys(("qctl queue", "qctl queue pause", "qctl pause"), _in_mails),
    "qctl queue purge": _in_mails,
}
_PAGES = examples()


def _type_all(scene: Scene, path: str) -> None:
    folder = scene.folder(empty=path == "qctl init", scheduled=path not in ("qctl schedule", "qctl schedule add"))
    stands_for = BEFORE[path](scene, folder) if path in BEFORE else {}
    extra = {"QCTL_DRY_RUN": "1"} if path in TRIED else {}
    for line in _PAGES[path]:
        if path == "qctl worker stop":
            scene.staff()
        typed = line.replace("/srv/ops", str(scene.folder(empty=True))).replace("jq -r", "jq --unbuffered -r")
        for name, value in stands_for.items():
            typed = re.sub(name.replace('"$', r'"\$'), value, typed)
        if line in ATTENDED:
            meanwhile = "qctl run fragile --wait" if line.startswith("qctl events") else ""
            scene.attend(typed, folder, ATTENDED[line], meanwhile)
            continue
        where = scene.folder(empty=True) if line == "qctl init" else folder
        answer = scene.type(typed, where, extra)
        assert answer.code in {0, *ALSO.get(line, ())}, f"{line}\n{answer}"
        if path == "qctl worker stop":
            scene.see_off()


@pytest.mark.parametrize("path", [path for path in _PAGES if path not in APART])
def test_every_example_of_a_page_does_what_it_says(scene: Scene, path: str) -> None:
    _type_all(scene, path)
    if path in ("qctl pause", "qctl queue pause", "qctl queue", "qctl worker drain", "qctl schedule disable"):
        for undo in ("qctl resume --all", "qctl resume mails default", "qctl worker resume --all"):
            scene.type(undo, scene.folder())


@pytest.mark.parametrize("path", APART)
def test_every_example_of_servers_workers_and_beats_does_what_it_says(apart: Scene, path: str) -> None:
    _type_all(apart, path)
