"""Which command a word means: one of ours, or what another program calls so."""

from __future__ import annotations

from qctl.cli.table import ALIASES, BY_NAME, COMMANDS, CONTROLLED, INSPECTED, OTHER_FLAGS, OTHERWISE
from qctl.errors import UsageError
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.cli.root import explain_later
    from qctl.cli.table import Command
    from qctl.cli.told_words import tell_once
    from qctl.model.suggest import closest
else:
    closest = later("qctl.model.suggest", "closest")
    explain_later = later("qctl.cli.root", "explain_later")
    tell_once = later("qctl.cli.told_words", "tell_once")


class NoSuchCommand(UsageError):
    """there is no command `{word}`"""

    help = "qctl run {word}        if that is a task\nqctl --help"


class _MeansSomethingElse(UsageError):
    """{message}"""


def chosen(words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command that is meant, and its arguments. Raises UsageError with the way out."""
    word, *arguments = words
    meant, taken = of_others(words)
    if meant:
        tell_once(" ".join(words[:taken]), " ".join(meant))
        word, arguments = meant[0], _with(meant, words[taken:])
    elif word == "crontab" and arguments and arguments[0] in OTHER_FLAGS:
        why, instead = OTHER_FLAGS[arguments[0]]
        raise _MeansSomethingElse(f"there is no `qctl crontab`: {why}", help=instead)
    elif word in OTHERWISE:
        raise _MeansSomethingElse(explained(word), help=OTHERWISE[word][1])
    row = BY_NAME.get(word)
    if row is None:
        known = [*(row.name for row in COMMANDS if row.module), *ALIASES]
        alike = closest(word, known) if len(word) > 1 else None
        raise NoSuchCommand(word=word, **({"help": f"did you mean `qctl {alike}`?"} if alike else {}))
    if not row.module:
        raise UsageError(explain_later(row.name), help="qctl --help        lists what there is")
    return row, arguments


def of_others(words: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """What another program's words stand for here, and how many of them; nothing if they are none."""
    for word, table in (("inspect", INSPECTED), ("control", CONTROLLED)):
        if words[0] == word and words[1:] and words[1] in table:
            return table[words[1]], 2
    return (ALIASES[words[0]], 1) if words[0] in ALIASES else ((), 0)


def explained(word: str) -> str:
    """Why there is no such command, of a word that means something else here."""
    return f"there is no `qctl {word}`: {OTHERWISE[word][0]}"


def _with(meant: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """The arguments, after those that the word stands for: `kill --signal INT` means INT."""
    given = any(meant[1:2] == (word.partition("=")[0],) for word in arguments)
    return [*(() if given else meant[1:]), *arguments]
