"""What a job leaves running when its leader has ended: told to go, then killed, and said in the log (P15, P16)."""

from __future__ import annotations

import os
import signal
import time

from qctl.engine.processes import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.model.task import Task

_OBEYING = 0.2  #: seconds that leftovers may take to obey before the job's end is reported without them
_PAUSE = 0.003


class Leftovers:
    """The children that a slot has besides its job."""

    def __init__(self) -> None:
        self._left: set[int] = set()  #: on purpose: `leave_children`
        self._kill_at: float | None = None

    @property
    def keeps_children(self) -> bool:
        """Whether a child that a task has left on purpose is still there."""
        if self._left:
            tree.reap()
            self._left.intersection_update(tree.children(os.getpid()))
        return bool(self._left)

    @property
    def left(self) -> frozenset[int]:
        """The children that tasks have left on purpose, which no later attempt has to answer for."""
        return frozenset(self._left) if self.keeps_children else frozenset()

    @property
    def due(self) -> bool:
        """Whether some have been told to go and are still there."""
        return self._kill_at is not None

    def meet(self, task: Task, note: Callable[[str], None], *, kill: bool) -> bool:
        """The attempt is over: deal with what it has left. `kill`: it was stopped, there is no more grace.

        False: there was nobody at all, not even a child that an earlier attempt has left.
        """
        if not tree.has_children():
            return False
        self._deal(task, note, kill=kill)
        return True

    def _deal(self, task: Task, note: Callable[[str], None], *, kill: bool) -> None:
        found = tree.descendants(os.getpid(), self._left)
        tree.reap()  # after the look around: who has died during it is not found, and is waited for here
        if not found:
            return
        if task.leave_children and not kill:
            self._left.update(pid for pid in tree.children(os.getpid()))
            return
        if kill:
            tree.kill_all_children(_OBEYING * 2, self._left)
            return
        names = ", ".join(f"{pid} {tree.name_of(pid)}" for pid in found[:5])
        note(f"qctl: {len(found)} left running ({names}), told to end; what they print from here on is not kept")
        tree.signal_all(found, signal.SIGTERM)
        tree.signal_all(found, signal.SIGCONT)
        now = time.monotonic()
        self._kill_at = now + task.grace
        self._wait(min(now + _OBEYING, self._kill_at))

    def _wait(self, until: float) -> bool:
        while True:
            alive = tree.descendants(os.getpid(), self._left)
            tree.reap()
            if not alive:
                self._kill_at = None
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)

    def finish(self) -> None:
        """Wait out the grace, then kill. Called between two attempts, when the end of the last one has been said."""
        if self._kill_at is not None and not self._wait(self._kill_at):
            tree.kill_all_children(1.0, self._left)
        self._kill_at = None
