"""One call: its words become a command's function and its arguments, its end an exit code."""

from __future__ import annotations

import gc
import os
import sys

from qctl import __version__
from qctl.cli.command_words import NoSuchCommand, chosen
from qctl.cli.hot.words import read
from qctl.cli.invocation import Invocation
from qctl.cli.settings import leading_flags
from qctl.errors import QctlError, UsageError
from qctl.later import import_module, later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from shlex import quote
    from typing import Any, Final

    from qctl.cli.failure import interrupted, is_of_output, output_lost, report
    from qctl.cli.manual.plain import text_of
    from qctl.cli.root import help_text
else:
    help_text = later("qctl.cli.root", "help_text")
    interrupted, is_of_output, output_lost, report = (
        later("qctl.cli.failure", name) for name in ("interrupted", "is_of_output", "output_lost", "report")
    )
    quote = later("shlex", "quote")
    text_of = later("qctl.cli.manual.plain", "text_of")

_TAKES_REST: Final = frozenset(
    {"run", "group", "chord", "install"}
)  #: commands that are told apart what stands after `--`


_USUAL: Final = (700, 10, 10)  #: when garbage is looked for, in a process that may live for long
_READ_TASKS: Final = ("qctl check", "qctl task ")  #: advice that means the tasks.toml at hand


def call(words: Sequence[str]) -> int:
    """Run one command line and answer its exit code. Never raises: what goes wrong is reported."""
    invocation = Invocation(load=load)
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
        error.facts["help"] = f"qctl --file {quote(file)} {error.advice.removeprefix('qctl ')}"
    if isinstance(error, NoSuchCommand):
        word = str(error.facts["word"])
        if import_module("qctl.cli.topics").is_explained(word):
            error.facts["help"] = f"qctl help {word}        tells what that is"
    if error.exit_code == UsageError.exit_code and not error.advice:
        error.facts["help"] = " ".join(("qctl", *filter(None, [invocation.command]), "--help"))


def _call(words: Sequence[str], invocation: Invocation) -> int:
    flags, rest = leading_flags(words)
    invocation.flags.update(flags)
    if "version" in flags:
        print(f"qctl {__version__}")
        return 0
    if "help" in flags:
        _show_help(lambda _: help_text(), paged="no_pager" not in flags)
        return 0
    if not rest:
        shown: int = import_module("qctl.cli.overview").overview(invocation)
        return shown
    row, arguments = chosen(rest)
    invocation.command = row.name
    if row.name in _TAKES_REST and "--" in arguments:
        place = arguments.index("--")
        arguments, invocation.rest = arguments[:place], arguments[place + 1 :]
    if (plain := read(row.name, arguments, flags)) is not None:
        said, invocation.flags = plain
        return int(import_module(f"qctl.cli.hot.{row.name}").of_words(invocation, **said) or 0)
    gc.set_threshold(*_USUAL)
    module = load(row.module)
    grammar = import_module("qctl.cli.grammar")
    try:
        return int(grammar.invoke(module.app, f"qctl {row.name}", arguments, invocation))
    except grammar.HelpAsked as asked:
        paged = "--no-pager" not in arguments and "no_pager" not in flags
        page = asked.page
        _show_help(lambda width: text_of(page, width), paged=paged)
        return 0


def _show_help(text_in: Callable[[int], str], *, paged: bool) -> None:
    """Write help of so many cells; what knows of terminals and pagers is imported where there is one."""
    if sys.stdout.isatty():
        import_module("qctl.cli.paging").show_help(text_in, paged=paged)
    else:
        sys.stdout.write(text_in(import_module("qctl.cli.manual.plain").WIDTH))


def load(name: str) -> Any:
    """Import a module of the commands."""
    return import_module(f"qctl.cli.commands.{name}")


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
