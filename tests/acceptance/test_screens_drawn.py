"""The README's pictures can be drawn anew: a command on a real terminal becomes an SVG."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.style import Style

from tests.screens import __main__ as drawing
from tests.screens.machine import HOST, STATE, Machine
from tests.screens.pictures import PICTURES
from tests.screens.typed import Typed
from tests.support import eventually
from tests.support.processes import processes_below


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Ana's machine, on which nothing runs yet."""
    machine = Machine()
    yield machine
    machine.close()


def _text(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    return " ".join("".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text"))


def test_a_picture_is_drawn_of_a_command_on_a_terminal(machine: Machine) -> None:
    text = _text(PICTURES["schedule-next"](machine))
    assert re.search(r"qctl\sschedule\snext", text)
    assert "import-feed" in text
    assert "@hourly" in text
    assert str(machine.folder) not in text


def test_what_is_typed_ends_as_it_would_for_anybody(machine: Machine) -> None:
    typed = Typed(machine, ("run", "nothing-of-that-name"), 80, 24)
    assert typed.end() == 4
    assert typed.lines()[0].plain.startswith("error[Q004]: ")


def test_what_is_dim_is_and_names_and_paths_are_those_of_another_machine(machine: Machine) -> None:
    machine.type("run", "vacuum", "--in", "1h")
    typed = Typed(machine, ("show", "@last"), 80, 60)
    assert typed.end() == 0
    (call,) = [line for line in typed.lines() if line.plain.startswith("  Call ")]
    dim = [each for each in call.spans if isinstance(each.style, Style) and each.style.dim]
    assert "".join(call.plain[each.start : each.end] for each in dim).strip() == "Call"
    shown = "\n".join(line.plain for line in typed.lines())
    assert f"ana@{HOST}" in shown
    assert f"unix://{STATE}/qctl/redis.sock" in shown
    assert machine.state_home not in shown
    assert str(machine.work) not in shown


def test_nothing_of_it_is_left_though_its_server_cannot_be_stopped_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    machine.type("run", "vacuum", "--in", "1h")
    state = Path(machine.state_home)
    assert any(seen.is_a_redis for seen in processes_below(state))

    def down(*words: str) -> None:
        raise subprocess.TimeoutExpired(words, 90)

    monkeypatch.setattr(machine, "type", down)
    with pytest.raises(subprocess.TimeoutExpired):
        machine.close()
    assert eventually(lambda: not processes_below(state))
    assert not state.exists()


def test_a_drawing_that_is_told_to_stop_ends_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    class Stopped:
        def live(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

        def close(self) -> None:
            closed.append(self)

    monkeypatch.setattr(drawing, "Machine", Stopped)
    monkeypatch.setattr(sys, "argv", ["screens", "--to", str(tmp_path)])
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            drawing.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (ended.value.code, len(closed)) == (128 + signal.SIGTERM, 1)
