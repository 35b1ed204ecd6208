"""The entry point. It imports only what the call needs: `--help` and `--version` cost what Python costs."""

from __future__ import annotations

import os
import sys

from qctl import __version__
from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

#: Objects after which garbage is looked for: a short command makes fewer, and would spend a tenth of its time on that.
_FEW_OBJECTS: Final = 100_000


def main() -> None:
    """Run `qctl` with the words of the command line, and exit."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _lead_nowhere(number, name)
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End, and do not take the interpreter apart where nobody waits for that: it takes nearly as long as its start."""
    try:
        sys.stderr.flush()
    except OSError:  # a full disk: talk is lost there, which Python would end with 120 for
        _lead_nowhere(2, "stderr")
    if not (import_module("atexit")._ncallbacks() or "threading" in sys.modules or sys.gettrace() or sys.getprofile()):
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _lead_nowhere(number: int, name: str) -> None:
    """Open a standard stream that the caller has closed: else a connection would get its number, and be written to.

    What is written to such a stdout fails as it would without it: it is what was asked for, and nobody gets it.
    """
    nowhere = os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)
    setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def run(words: list[str]) -> int:
    """Run one command line and answer its exit code."""
    if words[:1] == ["__complete"]:  # what the scripts of shells ask at each Tab
        import_module("qctl.cli.completion.answer").answer(words[1:])
    if words in (["-h"], ["--help"]):
        return _print(_write_help)
    if words == ["--version"]:
        return _print(lambda: sys.stdout.write(f"qctl {__version__}\n"))
    import_module("gc").set_threshold(_FEW_OBJECTS)
    import_module("qctl.cli.own_modules").find_quickly()
    return int(import_module("qctl.cli.calling").call(words))


def _write_help() -> None:
    """Root help: on a terminal as wide as that is, and paged if it is longer; else at no more cost than Python's."""
    text = import_module("qctl.cli.root").help_text()
    if sys.stdout.isatty():
        import_module("qctl.cli.paging").show_help(lambda _: text, paged=True)
    else:
        sys.stdout.write(text)


def _print(write: Callable[[], object]) -> int:
    """Write to stdout; a reader that went away is no matter, a full disk is."""
    try:
        write()
        sys.stdout.flush()
    except OSError as error:
        return int(import_module("qctl.cli.failure").output_lost(error))
    return 0
