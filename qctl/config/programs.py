"""Which program a task's command begins with, as far as that can be told without being a shell."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.task import Task

_SHELLS: Final = ("sh", "dash", "bash", "ksh", "zsh")
#: What a shell does itself, or reads as grammar.
_OWN: Final = frozenset(
    (
        *(".", ":", "[", "[[", "alias", "bg", "break", "builtin", "case", "cd", "command", "continue", "declare", "do"),
        *("done", "echo", "elif", "else", "esac", "eval", "exec", "exit", "export", "false", "fc", "fg", "fi", "for"),
        *("function", "getopts", "hash", "if", "in", "jobs", "kill", "let", "local", "mapfile", "popd", "printf"),
        *("pushd", "pwd", "read", "readarray", "readonly", "return", "select", "set", "shift", "shopt", "source"),
        *("test", "then", "time", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset"),
        *("until", "wait", "while"),
    )
)
_FIRST: Final = re.compile(
    r"""(?:\s|\#[^\n]*(?:\n|$))*  # blanks and comments
    (?:[A-Za-z_]\w*=[^\s'"$`\\]*\s+)*  # variables set for this command
    ([A-Za-z0-9_][A-Za-z0-9_.+-]*)(?=[\s;&|<>]|$)""",
    re.VERBOSE,
)


def program_of(task: Task) -> str:
    """The name that is looked up in PATH first; empty: none, or none that can be told."""
    if task.exec is not None:
        name = task.exec[0]
        return name if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", name) else ""
    if task.run is None or os.path.basename(task.shell) not in _SHELLS:
        return ""
    found = _FIRST.match(task.run)
    return "" if found is None or found[1] in _OWN else found[1]
