"""What a command that failed said last, which is its error's message."""

from __future__ import annotations

import pytest

from qctl.engine.processes.last_words import MOST, last_words
from qctl.model.output import GAP, NOTE, STDERR, STDOUT, Chunk
from qctl.model.secrets import Veil


def chunks(*written: tuple[str, bytes]) -> list[Chunk]:
    return [Chunk(1, stream, data) for stream, data in written]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([(STDERR, b"curl: (22) error: 503\n"), (STDOUT, b"bye\n")], "curl: (22) error: 503"),
        ([(STDOUT, b"one\ntwo\n\n"), (STDERR, b" \n\n")], "two"),
        ([(STDERR, b"no "), (STDOUT, b"x"), (STDERR, b"space")], "no space"),
        ([(STDERR, b"bad\n"), (NOTE, b"qctl: no value is kept\n")], "bad"),
        ([(STDERR, b" 10%\r 20%\rdisk full\r\x1b[K\n")], "disk full"),
        ([(STDERR, b"lost to"), (GAP, b"9"), (STDERR, b"nothing\n")], "nothing"),
        ([(STDERR, b"early\n"), (GAP, b"9"), (STDOUT, b"late\n")], "early"),
        ([(GAP, b"9")], ""),
        ([], ""),
    ],
)
def test_it_is_the_last_line_of_stderr_else_of_stdout_that_is_not_empty(
    written: list[tuple[str, bytes]], said: str
) -> None:
    assert last_words(chunks(*written)) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"\x1b[1;31mError:\x1b[0m no\tspace\n\x1b[0m\n", "Error: no space"),
        (b"\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "link"),
        (b"bell\x07 \xe2\x80\xae back \xff \xc2\x9b\n", "bell^G <U+202E> back \\xff \\x9b"),
        ("größer\n".encode(), "größer"),
    ],
)
def test_it_cannot_drive_a_terminal(written: bytes, said: str) -> None:
    """Attacks 31, 32."""
    assert last_words(chunks((STDERR, written))) == said


@pytest.mark.parametrize("letter", ["x", "ü", "\U0001f41f", "\x01"])
def test_it_is_cut(letter: str) -> None:
    said = last_words(chunks((STDERR, letter.encode() * 70_000)))
    assert (len(said), said[-1]) == (MOST, "…")
    assert last_words(chunks((STDERR, b"y" * MOST))) == "y" * MOST


def test_secrets_that_show_without_colours_are_hidden() -> None:
    """Attack 34."""
    said = last_words(chunks((STDERR, b"token is hun\x1b[0mter22\n")), Veil(["hunter22"]))
    assert said.startswith("token is ")
    assert "hunter22" not in said


def test_empty_lines_are_searched_only_so_far() -> None:
    assert last_words(chunks((STDERR, b"far away\n" + b"\n" * 70_000))) == ""
