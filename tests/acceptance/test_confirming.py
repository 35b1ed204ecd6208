"""Questions before what cannot be undone: who is asked, what an answer does, and what happens without a terminal."""

from __future__ import annotations

import pytest

from tests.support import Home
from tests.support.terminal import Terminal

ASK = """
import os, sys
from qctl.cli import confirm, invocation, session
here = session.session(type("Context", (), {"obj": invocation.Invocation(load=None, flags=eval(sys.argv[1]))}))
how = sys.argv[2:]
try:
    confirm.confirm_by_name(here, "remove it?", how[0]) if how else confirm.confirm(here, "remove it?")
    print("removed")
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def asking(home: Home) -> Home:
    home.write("ask.py", ASK)
    return home


@pytest.mark.parametrize(
    ("typed", "said"),
    [(b"y\n", "removed"), (b"YES\n", "removed"), (b"\n", "Declined nothing was done"), (b"yo\n", "Declined")],
)
def test_only_a_yes_is_a_yes(asking: Home, typed: bytes, said: str) -> None:
    terminal = Terminal(asking, "{}", program=("ask.py",))
    terminal.wait_for("remove it? [y/N] ")
    terminal.press(typed)
    assert terminal.end() == 0
    assert said in terminal.screen


@pytest.mark.parametrize(("typed", "said"), [(b"night\n", "removed"), (b"y\n", "Declined"), (b"\x04", "Declined")])
def test_what_is_asked_for_by_name_is_done_when_the_name_is_typed(asking: Home, typed: bytes, said: str) -> None:
    terminal = Terminal(asking, "{}", "night", program=("ask.py",))
    terminal.wait_for("Type night to go on:")
    terminal.press(typed)
    assert terminal.end() == 0
    assert said in terminal.screen


@pytest.mark.parametrize("name", [(), ("night",)])
def test_y_answers_beforehand(asking: Home, name: tuple[str, ...]) -> None:
    terminal = Terminal(asking, "{'yes': True}", *name, program=("ask.py",))
    assert terminal.end() == 0
    assert terminal.screen.strip() == "removed"


def test_with_no_input_nobody_is_asked(asking: Home) -> None:
    terminal = Terminal(asking, "{'no_input': True}", program=("ask.py",))
    assert terminal.end() == 0
    assert "UsageError remove it? --no-input was given" in terminal.screen
