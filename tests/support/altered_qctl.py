"""A real `qctl` that is altered before it starts: without protections, or with points at which it fails.

    python -m tests.support.altered_qctl [--without PROTECTION]... [--fail POINT=ACTION[@N]]... -- worker -Q high

What comes of it is altered likewise: a worker or beat that it becomes, slots that these fork, a temporary worker.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from runpy import run_module
from typing import Final

from tests.support.failpoints import arm
from tests.support.mutations import PROTECTIONS, InFunction, launching, take_out
from tests.support.mutations.launching import altered

_ROOT: Final = str(Path(__file__).parents[2])
MODULE: Final = launching.MODULE  #: what is run by name where this process starts another


def alter(without: Sequence[str], fail: Sequence[str]) -> None:
    """Alter this process, and whatever it becomes or forks. Raises Gone, KeyError and ValueError."""
    for name in without:
        take_out(PROTECTIONS[name].parts)
    for point in fail:
        arm(point)


def _pass_on(words: Sequence[str]) -> None:
    """Let the processes that this one starts as qctl, or turns into, be altered alike."""
    first, last = ", ".join(map(repr, words[1:-1])), repr(words[-1])
    take_out(
        [
            InFunction("qctl.cli.becoming:_words", '"-m", program,', f'{first}, "--program", program, {last},'),
            InFunction("qctl.client.temporary:start_temporary_worker", '"-m", "qctl",', f"{first}, {last},"),
        ]
    )
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if _ROOT not in known:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_ROOT, *known]))


def main() -> None:
    """Be that qctl."""
    parser = argparse.ArgumentParser(prog=MODULE, allow_abbrev=False)
    parser.add_argument("--without", action="append", default=[], choices=[*PROTECTIONS])
    parser.add_argument("--fail", action="append", default=[])
    parser.add_argument("--program", default="qctl")
    parser.add_argument("words", nargs=argparse.REMAINDER)
    said = parser.parse_args()
    words = said.words[1:] if said.words[:1] == ["--"] else said.words
    try:
        alter(said.without, said.fail)
    except ValueError as error:
        parser.error(str(error))
    _pass_on(altered(said.without, said.fail, MODULE))
    sys.argv = [said.program, *words]
    run_module(said.program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
