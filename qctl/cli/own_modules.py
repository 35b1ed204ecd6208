"""Where Python finds our modules: beside each other. A command imports some eighty, and each is to cost little.

Python lists every folder of a package, asks each of its finders, and opens a compiled file as one that may be a
terminal: that is two thirds of what importing a small module takes. All that decides stays Python's own: whether a
compiled file is of this Python and of the source as it is now, what is compiled anew, and what becomes of an error.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader

import qctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Final

_MOST: Final = 1 << 16  #: bytes that are read at once; next to no module has more
_COMPILED: Final = f".{sys.implementation.cache_tag}.pyc"


def find_quickly() -> None:
    """Let our modules be found so from now on, if this is the usual case: sources in folders, nobody watching."""
    spec = qctl.__spec__
    usual = not (sys.flags.optimize or sys.pycache_prefix)
    if usual and spec is not None and type(spec.loader) is SourceFileLoader and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


class _Loader(SourceFileLoader):
    """Python's own, which reads a file in one go."""

    def get_data(self, path: str) -> bytes:
        """All that stands in a file. Raises OSError."""
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.read(opened, _MOST)
        finally:
            os.close(opened)
        return data if len(data) < _MOST else super().get_data(path)


class _Finder:
    """Knows the modules of `qctl` and no others; what it does not find, Python's finders look for."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module is, in the one folder of its package."""
        if path is None or not name.startswith("qctl.") or len(path) != 1:
            return None
        folder, own = path[0], name.rpartition(".")[2]
        package = f"{folder}/{own}"
        if os.path.exists(source := f"{package}.py"):
            return _spec(name, folder, own, source)
        if os.path.exists(source := f"{package}/__init__.py"):
            spec = _spec(name, package, "__init__", source)
            spec.submodule_search_locations = [package]
            return spec
        return None


def _spec(name: str, folder: str, own: str, source: str) -> ModuleSpec:
    spec = ModuleSpec(name, _Loader(name, source), origin=source)
    spec.has_location = True
    spec.cached = f"{folder}/__pycache__/{own}{_COMPILED}"
    return spec
