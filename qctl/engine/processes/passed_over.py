"""A stop that the interpreter passes over: one that is raised in a fork hook or a destructor reaches no task.

Python hands what arises there to `sys.unraisablehook`, and goes on. Nothing can be raised from within that hook either;
so the stop's own signal comes once more, a moment later, until it finds code that hears it.
"""

from __future__ import annotations

import sys

from qctl.current import SoftTimeLimitExceeded, Stopped
from qctl.engine.processes import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    Hook = Callable[[sys.UnraisableHookArgs], object]

_MOMENT: Final = 0.01  #: seconds: most hooks are over by then


class PassedOver:
    """Sees to it that this process gets a signal once more after a stop that was passed over."""

    def __init__(self, signal: int) -> None:
        self._signal = signal
        self._hook: Hook | None = None
        self.on_passed_over: Callable[[], None] = lambda: None

    def look_out(self) -> None:
        """A stop is about to be raised. A task may have set a hook of its own: it is asked for all else as before."""
        before = sys.unraisablehook
        if before is self._hook:
            return

        def hook(passed_over: sys.UnraisableHookArgs) -> None:
            if isinstance(passed_over.exc_value, SoftTimeLimitExceeded | Stopped):
                self.on_passed_over()
                kernel.signal_later(self._signal, _MOMENT)
            else:
                before(passed_over)

        self._hook = sys.unraisablehook = hook
