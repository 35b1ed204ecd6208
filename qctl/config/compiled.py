"""The configuration as it was read before: what every command begins with, as long as no file is another than then.

`config.compiling` has written it. To read a tasks.toml takes as long as three Pythons take to start; this takes a
hundredth, and a task is made when somebody asks for it.
"""

from __future__ import annotations

import os
import sys
from _collections_abc import Mapping  # loaded with Python; `collections` is not

from qctl import __version__, json_text
from qctl.config import cache
from qctl.config.compiled_values import made, read
from qctl.config.stamps import Stamp, signs_at
from qctl.config.values import Config
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

    from qctl.config.trust import distrust
else:
    distrust = later("qctl.config.trust", "distrust")

KIND: Final = "compiled"  #: the folder of the cache
MAX_BYTES: Final = 16 * 1024 * 1024
LAZY: Final = ("tasks", "workflows", "deliveries", "defaults", "documents")  #: fields of a Config that are `Kept`
_CODE: Final = tuple(os.path.join(os.path.dirname(os.path.dirname(__file__)), part) for part in ("config", "model"))
_ZONES: Final = "/usr/share/zoneinfo"  #: says which names of zones are read


def kept(path: str, environ: Mapping[str, str]) -> Config | None:
    """What was read of a tasks.toml before; None if that is not known, or if it would be read otherwise now."""
    try:
        text = cache.kept(cache.cache_file(KIND, path, environ), MAX_BYTES)
        if not text:
            return None
        head, stamps, fields, lazy = json_text.loads(text)
        looked_at = tuple(Stamp.of(name) for name, _ in stamps)
        before = [
            list(one.signs) if signs is None else signs for one, (_, signs) in zip(looked_at, stamps, strict=True)
        ]
        if head != origin(path) or before != [list(one.signs) for one in looked_at]:
            return None
        if os.geteuid() == 0 and any(distrust(name, os.stat(name)) for name in lazy["documents"]):
            return None
        plain = [(name, read(value)) for name, value in fields.items()]
        return made(Config, [("stamps", looked_at), *plain, *((name, Kept(lazy[name])) for name in LAZY)])
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None


def origin(path: str) -> list[object]:
    """What decides how files are read, beside what stands in them: our code, Python, the home that `~` means, zones."""
    environ = os.environ
    beside = (environ.get("HOME"), environ.get("PYTHONTZPATH"), list(signs_at(_ZONES)))
    return [__version__, sys.version, *(list(signs_at(folder)) for folder in _CODE), path, *beside]


class Kept(Mapping[str, "Any"]):
    """Values by name, each made when it is first asked for."""

    __slots__ = ("_forms", "_made")

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._forms = forms
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = read(json_text.loads(self._forms[name]))
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._forms

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def __repr__(self) -> str:
        return repr(dict(self))
