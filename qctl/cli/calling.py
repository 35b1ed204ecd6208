"""One call: its words become a command's function and its arguments, its end an exit code."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from qctl import __version__
from qctl.cli.failure import interrupted, is_of_output, output_lost, report
from qctl.cli.invocation import Invocation
from qctl.cli.root import explain_later, help_text
from qctl.cli.settings import leading_flags
from qctl.cli.table import ALIASES, BY_NAME, COMMANDS, INSPECTED, OTHERWISE, Command
from qctl.errors import QctlError, UsageError
from qctl.model.suggest import closest

_TAKES_REST: Final = frozenset(
    {"run", "group", "chord", "install"}
)  #: commands that are told apart what stands after `--`


_READ_TASKS: Final = ("qctl check", "qctl task ")  #: advice that means the tasks.toml at hand


class _NoSuchCommand(UsageError):
    """there is no command `{word}`"""

    help = "qctl run {word}        if that is a task\nqctl --help"


def call(words: Sequence[str]) -> int:
    """Run one command line and answer its exit code. Never raises: what goes wrong is reported."""
    invocation = Invocation(load=_load)
    try:
        code = _call(words, invocation)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return interrupted()
    except Exception as error:  # noqa: BLE001, RUF100 - the one place that turns errors into exit codes
        if is_of_output(error):
            return output_lost(error)
        if isinstance(error, QctlError):
            _lead_on(error, invocation)
        return report(error, _wanted_output(words, invocation), invocation.flags.get("verbose", 0))


def _lead_on(error: QctlError, invocation: Invocation) -> None:
    """Let every slip name a command to type next; one that reads tasks.toml reads the file that this call has read."""
    file = invocation.flags.get("file")
    if error.advice.startswith(_READ_TASKS) and file:
        error.facts["help"] = f"qctl --file {shlex.quote(file)} {error.advice.removeprefix('qctl ')}"
    if error.exit_code == UsageError.exit_code and not error.advice:
        error.facts["help"] = " ".join(("qctl", *filter(None, [invocation.command]), "--help"))


def _call(words: Sequence[str], invocation: Invocation) -> int:
    flags, rest = leading_flags(words)
    invocation.flags.update(flags)
    if "version" in flags:
        print(f"qctl {__version__}")
        return 0
    if "help" in flags:
        sys.stdout.write(help_text())
        return 0
    if not rest:
        shown: int = import_module("qctl.cli.overview").overview(invocation)
        return shown
    row, arguments = _chosen(rest)
    invocation.command = row.name
    if row.name in _TAKES_REST and "--" in arguments:
        place = arguments.index("--")
        arguments, invocation.rest = arguments[:place], arguments[place + 1 :]
    module = _load(row.module)
    code: int = import_module("qctl.cli.grammar").invoke(module.app, f"qctl {row.name}", arguments, invocation)
    return code


def _load(name: str) -> Any:
    """Import a module of the commands."""
    return import_module(f"qctl.cli.commands.{name}")


def _chosen(words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command that is meant, and its arguments. Raises UsageError with the way out."""
    word, *arguments = words
    if word == "inspect" and arguments and arguments[0] in INSPECTED:
        word, arguments = _translated(f"inspect {arguments[0]}", INSPECTED[arguments[0]], arguments[1:])
    elif word in ALIASES:
        word, arguments = _translated(word, ALIASES[word], arguments)
    elif word in OTHERWISE:
        why, instead = OTHERWISE[word]
        raise UsageError(f"there is no `qctl {word}`: {why}", help=instead)
    row = BY_NAME.get(word)
    if row is None:
        known = [*(row.name for row in COMMANDS if row.module), *ALIASES]
        alike = closest(word, known) if len(word) > 1 else None
        raise _NoSuchCommand(word=word, **({"help": f"did you mean `qctl {alike}`?"} if alike else {}))
    if not row.module:
        raise UsageError(explain_later(row.name), help="qctl --help        lists what there is")
    return row, arguments


def _translated(said: str, meant: Sequence[str], arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The command that another program's word stands for, and its arguments; a person is told its name here."""
    if sys.stderr.isatty():
        print(f"`qctl {said}` is `qctl {' '.join(meant)}`", file=sys.stderr)
    given = any(meant[1:2] == (word.partition("=")[0],) for word in arguments)  # `kill --signal INT` means INT
    return meant[0], [*(() if given else meant[1:]), *arguments]


def _wanted_output(words: Sequence[str], invocation: Invocation) -> str:
    """The format asked for, even by a command line that could not be read to its end."""
    found = invocation.flags.get("output") or os.environ.get("QCTL_OUTPUT", "table")
    for place, word in enumerate(words):
        if word == "--":
            break
        if word in ("-o", "--output") and place + 1 < len(words):
            found = words[place + 1]
        elif word.startswith("--output="):
            found = word.partition("=")[2]
        elif word.startswith("-o") and len(word) > 2:
            found = word[2:]
    return str(found)
