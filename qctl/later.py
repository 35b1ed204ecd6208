"""What waits until it is asked for: imports, of what most calls of a command do without, and values that are kept then.

The import itself stands under `TYPE_CHECKING` beside it, so that types and the arrows between layers are checked:

    if TYPE_CHECKING:
        from qctl.client.untaken import given_up
    else:
        given_up = later("qctl.client.untaken", "given_up")

`import_module` is as `importlib` has it, which takes half a millisecond to import, with `warnings`. `cache` and
`cached_property` are as `functools` has them, which imports `collections`: both are for values that are found alike
each time, and two threads that ask at once may both find one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from functools import cache, cached_property
    from types import ModuleType
    from typing import Any

__all__ = ["cache", "cached_property", "import_module", "later"]


def import_module(name: str) -> ModuleType:
    """A module by its whole name, imported now if it was not before. Raises ImportError, and what it raises itself."""
    __import__(name)
    return sys.modules[name]


def later(module: str, name: str) -> Any:
    """A function, or a class that is called, of a module that is imported when it is first called."""

    found: Any = None

    def call(*args: Any, **values: Any) -> Any:
        nonlocal found
        if found is None:
            found = getattr(import_module(module), name)
        return found(*args, **values)

    call.__name__ = call.__qualname__ = name
    return call


if not TYPE_CHECKING:

    def cache(function):
        """Keep what a function answers to its arguments, which are hashed."""
        known = {}

        def ask(*args: Any) -> Any:
            if args not in known:
                known[args] = function(*args)
            return known[args]

        ask.__name__, ask.__qualname__ = function.__name__, function.__qualname__
        ask.__doc__, ask.__module__, ask.__wrapped__ = function.__doc__, function.__module__, function
        ask.cache_clear = known.clear
        return ask

    class cached_property:  # noqa: N801 - as the library calls it
        """A property that is found when it is first asked for; then it stands in the object's own `__dict__`."""

        def __init__(self, find: Any) -> None:
            self._find = find
            self.__doc__ = find.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            found = instance.__dict__[self._name] = self._find(instance)
            return found
