"""What is imported at its first call: most calls of a command do without it.

The import itself stands under `TYPE_CHECKING` beside it, so that types and the arrows between layers are checked:

    if TYPE_CHECKING:
        from qctl.client.untaken import given_up
    else:
        given_up = later("qctl.client.untaken", "given_up")
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
