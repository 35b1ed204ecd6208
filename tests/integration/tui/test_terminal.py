"""What comes from a terminal is read as the keys that were pressed, however they come together."""

from __future__ import annotations

import pytest
from textual import events

from qctl.tui.terminal import Keys


def read(*parts: str) -> list[str]:
    """The keys, and what was pasted."""
    keys = Keys()
    found = [message for part in parts for message in keys.feed(part)]
    if keys._timeout_time is not None:
        found += keys._as_a_key()
    return [
        message.key if isinstance(message, events.Key) else f"paste {message.text}"
        for message in found
        if isinstance(message, events.Key | events.Paste)
    ]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (["\x1b"], ["escape"]),
        (["\x1b/x"], ["escape", "slash", "x"]),
        (["\x1b2"], ["escape", "2"]),
        (["\x1bA\x1b\r"], ["escape", "A", "escape", "enter"]),
        (["\x1b\x1bq"], ["escape", "escape", "q"]),
        (["\x1b", "q"], ["escape", "q"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b[A\x1b[Bj"], ["up", "down", "j"]),
        (["\x1bOP\x1b[21~\x1b[1;5C"], ["f1", "f10", "ctrl+right"]),
        (["\x1b\x7f"], ["ctrl+w"]),
        (["j\x1b"], ["j", "escape"]),
        (["\x1b[200~a\x1bb\x1b[201~q"], ["paste ab", "q"]),
        (["\x1b[200~one", " two\x1b[201~", "\x1bq"], ["paste one two", "escape", "q"]),
    ],
)
def test_no_key_swallows_another(sent: list[str], keys: list[str]) -> None:
    assert read(*sent) == keys
