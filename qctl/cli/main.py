"""The entry point. It imports only what the call needs: `--help` and `--version` cost what Python costs."""

from __future__ import annotations

import sys
from importlib import import_module

from qctl import __version__
from qctl.cli.root import help_text


def main() -> None:
    """Run `qctl` with the words of the command line, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command line and answer its exit code."""
    if not words or words in (["-h"], ["--help"]):
        return _print(help_text())
    if words == ["--version"]:
        return _print(f"qctl {__version__}\n")
    return int(import_module("qctl.cli.calling").call(words))


def _print(text: str) -> int:
    """Write to stdout; a reader that went away is no matter."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        return int(import_module("qctl.cli.failure").reader_gone())
    return 0
