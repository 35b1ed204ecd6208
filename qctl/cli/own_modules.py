"""Where Python finds our modules: beside each other. A command imports some eighty, and each is to cost little.

Python lists every folder of a package, asks each of its finders, looks at a source twice, and opens a compiled file as
one that may be a terminal: that is three quarters of what importing a small module takes. All but the usual case stays
Python's own: what is compiled for another Python or of another source, or damaged, and what becomes of an error.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec  # as `importlib` has them, which is not loaded with Python
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader, SourcelessFileLoader

import qctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType
    from typing import Final

_MOST: Final = 1 << 16  #: bytes that are read at once; next to no module has more
_COMPILED: Final = f".{sys.implementation.cache_tag}.pyc"
_OF_THIS_PYTHON: Final = MAGIC_NUMBER + bytes(4)  #: begins a compiled file that tells its source by time and size


def find_quickly() -> None:
    """Let our modules be found so from now on, if this is the usual case: sources in folders, nobody watching."""
    spec = qctl.__spec__
    usual = not (sys.flags.optimize or sys.pycache_prefix)
    if usual and spec is not None and type(spec.loader) is SourceFileLoader and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


class _Compiled(SourcelessFileLoader):
    """Python's own of a compiled file, which has been read already."""

    def __init__(self, name: str, path: str, data: bytes) -> None:
        super().__init__(name, path)
        self._data = data

    def get_data(self, _path: str) -> bytes:
        """What was read."""
        return self._data


class _Loader(SourceFileLoader):
    """Python's own, which reads a file in one go, and takes what is compiled of the source as it was found."""

    def __init__(self, name: str, source: str, seen: os.stat_result, compiled: str) -> None:
        super().__init__(name, source)
        time, size = (number & 0xFFFFFFFF for number in (int(seen.st_mtime), seen.st_size))
        self._head = _OF_THIS_PYTHON + time.to_bytes(4, "little") + size.to_bytes(4, "little")
        self._compiled = compiled

    def get_code(self, fullname: str) -> CodeType | None:
        """What is compiled of the source. Raises what Python's own raises."""
        try:
            data = self.get_data(self._compiled)
        except OSError:
            data = b""
        if data.startswith(self._head):
            code = _Compiled(fullname, self._compiled, data).get_code(fullname)
            if code is not None and code.co_filename == self.path:
                return code
        return super().get_code(fullname)

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
        """Where a module is, in the first folder of its package: what lies in another one, Python finds."""
        if not path or not name.startswith("qctl."):
            return None
        folder, own = path[0], name.rpartition(".")[2]
        if (spec := _spec(name, folder, own)) is not None:
            return spec
        package = f"{folder}/{own}"
        if (spec := _spec(name, package, "__init__")) is not None:
            spec.submodule_search_locations = [package]
        return spec


def _spec(name: str, folder: str, own: str) -> ModuleSpec | None:
    """A module of a file, if there is such a file."""
    source, compiled = f"{folder}/{own}.py", f"{folder}/__pycache__/{own}{_COMPILED}"
    try:
        seen = os.stat(source)
    except OSError:
        return None
    spec = ModuleSpec(name, _Loader(name, source, seen, compiled), origin=source)
    spec.has_location = True
    spec.cached = compiled
    return spec
