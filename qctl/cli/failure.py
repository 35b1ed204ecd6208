"""What went wrong, told to people on stderr, to programs on stdout, and to the shell as an exit code."""

from __future__ import annotations

import errno
import os
import sys
from fcntl import F_GETFL, fcntl

from qctl import __version__, clock
from qctl.config.places import state_folder
from qctl.errors import QctlError
from qctl.later import later
from qctl.model.cells import visible, wrapped
from qctl.model.exit_codes import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from json import dumps
    from pathlib import Path
    from re import sub
    from tempfile import gettempdir
    from traceback import format_exception, print_exception
    from typing import Final, TypeGuard

    from qctl.cli.terminal import speaks_unicode
    from qctl.config.own_files import make_folders
else:
    Path = later("pathlib", "Path")
    dumps = later("json", "dumps")
    sub = later("re", "sub")
    gettempdir = later("tempfile", "gettempdir")
    format_exception = later("traceback", "format_exception")
    print_exception = later("traceback", "print_exception")
    make_folders = later("qctl.config.own_files", "make_folders")
    speaks_unicode = later("qctl.cli.terminal", "speaks_unicode")

BUG: Final = 70
READER_GONE: Final = 141  #: as the shell says of a program that SIGPIPE ended
_OF_OUTPUT: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_IN_URL: Final = r"(://)[^/\s:@]*:[^/\s]*@|([?&]sentinel_password=)[^&\s]*"


def report(error: Exception, output: str, verbose: int) -> int:
    """Tell of an error and answer the exit code. Nothing but a bug shows a traceback, unless asked for with -vv."""
    if isinstance(error, QctlError):
        if verbose > 1:
            print_exception(error, file=sys.stderr)
        _tell(error.code, str(error), error.advice, error.exit_code, output, _columns(), error.accepted)
        return error.exit_code
    saved = _save(error)
    message = f"qctl has a bug: {type(error).__name__}: {error}"
    _tell("Q070", message, f"the report is in {saved}", BUG, output, _columns())
    if verbose > 1:
        print_exception(error, file=sys.stderr)
    return BUG


def _tell(
    code: str,
    message: str,
    advice: str,
    exit_code: int,
    output: str,
    columns: int = 0,
    accepted: Sequence[str] | None = None,
) -> None:
    message, advice = masked(message), masked(advice)
    if output in ("json", "jsonl"):
        try:
            print(dumps(error_document(code, message, advice, exit_code, accepted)), flush=True)
        except OSError as error:  # the exit code stays that of what went wrong first
            output_lost(error)
    try:
        for line in told(code, message, advice, columns):
            print(_readable(line), file=sys.stderr, flush=True)
    except OSError:  # a terminal that is gone, a full disk: the exit code is all that is left to say
        pass


def _readable(line: str) -> str:
    """The line in letters that the terminal knows."""
    if line.isascii() or speaks_unicode(os.environ):
        return line
    return line.replace("…", "...").encode("ascii", "backslashreplace").decode()


def error_document(
    code: str, message: str, advice: str, exit_code: int, accepted: Sequence[str] | None = None
) -> dict[str, object]:
    """An error as `qctl.error/1`; `accepted` are ids of jobs that are there all the same."""
    return {
        "schema": "qctl.error/1",
        "code": code,
        "message": message,
        "help": advice or None,
        "exit": exit_code,
        "accepted": None if accepted is None else list(accepted),
    }


def _columns() -> int:
    """How wide the terminal is, 0 if stderr is none."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return 0


def told(code: str, message: str, advice: str, columns: int = 0) -> list[str]:
    """An error as lines: what, then the command that helps. With `columns` none is wider."""
    first, *more = visible(message, keep="\n").split("\n")
    lines = [(f"error[{code}]: {first}", "  "), *((f"  {line}", "    ") for line in more)]
    for place, line in enumerate(visible(advice, keep="\n").split("\n") if advice else []):
        lines.append((("  help: " if place == 0 else "        ") + line.strip(), "        "))
    if not columns:
        return [line for line, _ in lines]
    return [part for line, margin in lines for part in wrapped(line, columns, margin)]


def masked(text: str) -> str:
    """The text without the passwords of URLs (attack 34)."""
    return sub(_IN_URL, lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)


def is_of_output(error: Exception) -> TypeGuard[OSError]:
    """Whether an error came of writing what was found: those of files that we open name the file."""
    if not isinstance(error, OSError) or error.filename is not None:
        return False
    return error.errno in _OF_OUTPUT or (error.errno == errno.EBADF and _is_closed())


def _is_closed() -> bool:
    """Whether the caller has closed stdout, in whose place then stands what cannot be written to."""
    return fcntl(1, F_GETFL) & os.O_ACCMODE == os.O_RDONLY


def output_lost(error: OSError) -> int:
    """What was found cannot be written. Of a reader that went away, as `| head` does, be quiet; a full disk is told."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # for the interpreter's last flush
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return READER_GONE
    why = "it is closed" if error.errno == errno.EBADF else error.strerror
    _tell("Q001", f"cannot write to stdout: {why}", "", 1, "table")
    return 1


def interrupted() -> int:
    """Ctrl-C where no command has its own use of it."""
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return INTERRUPTED


def _save(error: Exception) -> Path:
    """Write the traceback to a file of its own and answer its path."""
    moment = f"{clock.now():%Y%m%dT%H%M%S}"
    text = "".join(format_exception(error))
    head = f"qctl {__version__}, Python {sys.version.split()[0]}\ncommand: {sys.argv[1:2]}\n\n"
    state = state_folder(os.environ)
    for folder in (*([Path(state, "reports")] if state else []), Path(gettempdir())):
        path = folder / f"qctl-bug-{moment}-{os.getpid()}.txt"
        try:
            # The state directory too: the embedded server refuses one that others can enter.
            make_folders(folder)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            continue
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(masked(head + text))
        return path
    return Path(os.devnull)
