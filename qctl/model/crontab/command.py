"""The command of a crontab line: `%`, which begins and divides its stdin, and the shell text that does the same."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase, digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_DOCUMENT: Final = re.compile(r"exec <<'(\wCTL_STDIN_*)'\n(.*?)\1\n(.*)", re.DOTALL)
_LETTERS: Final = f"Q{ascii_uppercase}{ascii_lowercase}{digits}"


def split_command(text: str) -> tuple[str, str | None]:
    """What the shell gets, and what stands on its stdin; None: nothing does (I1-I4).

    As cron's do_command.c does it: `\\%` is `%`, every other backslash stays; behind the first bare `%` each further
    one is a newline, and text that does not end in one gets one. In the command a backslash also guards the one that
    follows it; in the text for stdin it does not.
    """
    command: list[str] = []
    escaped = False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
            if letter == "%":
                command.pop()
        elif letter == "\\":
            escaped = True
        elif letter == "%":
            return "".join(command), _stdin(text[place + 1 :]) or None
        command.append(letter)
    return "".join(command), None


def _stdin(text: str) -> str:
    said = re.sub(r"\\%|%", lambda found: "\n" if found[0] == "%" else "%", text)
    return said if not said or said.endswith("\n") else said + "\n"


def as_shell_text(command: str, stdin: str | None) -> str:
    """One text for `sh -c`: the same command, as it stands, over a here-document that keeps each letter of stdin."""
    if stdin is None:
        return command
    end = _end(stdin.split("\n"))
    return f"exec <<'{end}'\n{stdin}{end}\n{command}"


def _end(lines: list[str]) -> str:
    """The word that ends the document. No line begins as it does: behind such a letter dash loses a byte above 127."""
    first = {line[:1] for line in lines}
    end = f"{next((letter for letter in _LETTERS if letter not in first), 'Q')}CTL_STDIN"
    while end in lines:
        end += "_"
    return end


def as_crontab_command(text: str) -> str | None:
    """The reverse of both: how a crontab says a shell text, or None if it takes more than one line."""
    document = _DOCUMENT.fullmatch(text)
    command, stdin = (document[3], document[2]) if document else (text, None)
    if "\n" in command or not command.strip() or command != command.lstrip() or command.startswith("*"):
        return None
    said = command.replace("%", "\\%")
    if stdin is not None:
        inner = stdin.removesuffix("\n")
        kept = inner if inner and not inner.endswith("\n") else stdin  # cron adds the newline to a line that has none
        said += "%" + kept.replace("%", "\\%").replace("\n", "%")
    return said if split_command(said) == (command, stdin) else None
