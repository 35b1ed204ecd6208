"""`%` in a command, and the shell text that does the same, executed by a real shell."""

from __future__ import annotations

import subprocess
from string import ascii_letters, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qctl.model.crontab import as_crontab_command, as_shell_text, split_command


@pytest.mark.parametrize(
    ("row", "text", "command", "stdin"),
    [
        ("I1", "mail -s hi joe%Hello%World", "mail -s hi joe", "Hello\nWorld\n"),
        ("I2", r"date +\%F", "date +%F", None),
        ("I3", r"printf 'a\nb\x41' \\", r"printf 'a\nb\x41' \\", None),
        ("I3", r"cat%a\nb\\c\%d", "cat", "a\\nb\\\\c%d\n"),
        ("I4", "cat%no newline", "cat", "no newline\n"),
        ("I4", "cat%one%", "cat", "one\n"),
        ("I1", "cat%%two", "cat", "\ntwo\n"),
        ("I1", "cat%", "cat", None),
        ("I1", "cat%%", "cat", "\n"),
        ("I3", r"echo \\%in", r"echo \\", "in\n"),  # of two backslashes the second is no guard
        ("I3", r"cat%a\\%b", "cat", "a\\%b\n"),  # but behind the first `%` it is, as Debian's daemon has shown
        ("I14", "echo a # 100\\% sure", "echo a # 100% sure", None),
    ],
)
def test_what_the_shell_gets_and_what_stands_on_its_stdin(row: str, text: str, command: str, stdin: str | None) -> None:
    assert split_command(text) == (command, stdin), row


def as_cron_does(text: str) -> tuple[bytes, bytes]:
    """A model of do_command.c, letter by letter: what it hands to the shell, and what it writes into the pipe."""
    data, at, escaped = text.encode(), 0, False
    command = bytearray()
    while at < len(data):
        letter = data[at : at + 1]
        if escaped:
            if letter == b"%":
                command.pop()
            escaped = False
        elif letter == b"\\":
            escaped = True
        elif letter == b"%":
            break
        command += letter
        at += 1
    pipe, escaped, need_newline = bytearray(), False, False
    for each in data[at + 1 :]:
        letter = bytes([each])
        if escaped:
            if letter != b"%":
                pipe += b"\\"
        elif letter == b"%":
            letter = b"\n"
        escaped = letter == b"\\"
        if not escaped:
            pipe += letter
            need_newline = letter != b"\n"
    if escaped:
        pipe += b"\\"
        need_newline = True
    return bytes(command), bytes(pipe + b"\n" if need_newline else pipe)


lines = st.text(st.sampled_from("%\\ab $'\"`é&#"), min_size=1, max_size=30)


@given(lines)
def test_it_is_split_as_cron_splits_it(text: str) -> None:
    command, stdin = split_command(text)
    assert (command.encode(), (stdin or "").encode()) == as_cron_does(text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("%\\ab $'\"`é&#QCTL_STDIN"), max_size=40))
def test_a_shell_passes_each_byte_of_stdin_on(text: str) -> None:
    """I1 to I4, by a real /bin/sh: nothing in a here-document is expanded."""
    command, stdin = split_command(f"cat%{text}")
    ended = subprocess.run(["/bin/sh", "-c", as_shell_text(command, stdin)], capture_output=True, input=b"", check=True)
    assert ended.stdout == as_cron_does(f"cat%{text}")[1]


EVERY_LETTER = "".join(f"{letter}\n" for letter in f"{ascii_letters}{digits}")


@pytest.mark.parametrize("stdin", ["a\nQCTL_STDIN\nb\n", "Qé\n", f"{EVERY_LETTER}QCTL_STDIN\nQCTL_STDIN_\n"])
def test_stdin_may_hold_the_word_that_would_end_it(stdin: str) -> None:
    """And what begins like it, behind which dash would lose half of an `é`."""
    ended = subprocess.run(["/bin/sh", "-c", as_shell_text("cat", stdin)], capture_output=True, check=True)
    assert ended.stdout == stdin.encode()


@pytest.mark.parametrize("command", ["cat; cat", "false || cat", "(cat) # all", "cat \\"])
def test_a_command_of_several_parts_shares_its_stdin_as_with_cron(command: str) -> None:
    ended = subprocess.run(["/bin/sh", "-c", as_shell_text(command, "x\n")], capture_output=True, check=False)
    from_pipe = subprocess.run(["/bin/sh", "-c", command], capture_output=True, input=b"x\n", check=False)
    assert (ended.stdout, ended.returncode) == (from_pipe.stdout, from_pipe.returncode)


@given(lines)
def test_what_was_imported_can_be_written_as_a_crontab_again(text: str) -> None:
    command, stdin = split_command(text)
    written = as_crontab_command(as_shell_text(command, stdin))
    assert written is None or split_command(written) == (command, stdin)
    if command.strip() and not command.startswith((" ", "*")) and not (command.endswith("\\") or "\\%" in text):
        assert written is not None
