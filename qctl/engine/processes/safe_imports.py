"""For a worker of root's: task code is imported only from files that nobody else could have written (attack 41).

All code below the declared roots is looked at, whoever imports it: a task's module, and what that imports in turn.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from qctl.config.trust import distrust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from qctl.config.trust import Distrust


class UntrustedCode(ImportError):
    """Root would run what somebody else may have written; the text names the file and the command that helps."""


class Guard:
    """Finds what Python's own finder finds, and refuses what lies below the roots and is not root's alone."""

    def __init__(self, roots: Iterable[str]) -> None:
        places = {place for root in roots for place in (os.path.abspath(root), os.path.realpath(root))}
        self._roots = tuple(os.path.join(place, "") for place in places)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, if it may be run. Raises UntrustedCode."""
        spec = PathFinder.find_spec(fullname, path, target)
        for file in map(os.path.abspath, _files_of(spec) if spec else ()):
            if file.startswith(self._roots):  # a link in one, too, wherever it leads
                _must_be_trusted(file)
        return spec


def guard_imports(roots: Sequence[str]) -> None:
    """Look at all code below these folders before it runs, where we are root. What Python has built in comes first."""
    if os.geteuid() != 0 or not roots:
        return
    place = next((index for index, each in enumerate(sys.meta_path) if each is PathFinder), len(sys.meta_path))
    sys.meta_path.insert(place, Guard(roots))


def _files_of(spec: ModuleSpec) -> list[str]:
    """The source and, where it is there, the compiled copy, which is run in its place."""
    if not spec.has_location or spec.origin is None:
        return []
    return [spec.origin, *([spec.cached] if spec.cached and os.path.exists(spec.cached) else [])]


def _must_be_trusted(file: str) -> None:
    while not os.path.exists(file):
        file = os.path.dirname(file)  # of what lies in an archive, that
    found: Distrust | None = distrust(file, os.stat(file))
    if found:
        raise UntrustedCode(f"{file} {found.why}: {found.command}")
