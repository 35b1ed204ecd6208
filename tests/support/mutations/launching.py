"""The words of a command that starts an altered qctl."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MODULE: Final = "tests.support.altered_qctl"  #: never imported here: Python complains of a module that is to be run


def altered(without: Iterable[str] = (), fail: Iterable[str] = (), module: str = MODULE) -> list[str]:
    """The words between `python` and those of qctl, which run `module`."""
    told = [word for name in without for word in ("--without", name)]
    return ["-P", "-m", module, *told, *(word for point in fail for word in ("--fail", point)), "--"]
