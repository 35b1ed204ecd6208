"""Starts a command by posix_spawn(3), which costs a slot three fifths of what `subprocess` does.

What `subprocess` does besides, this does not: close what a child would inherit, look for a program in a PATH of the
job's own, and let a child give up rights. So it is for a slot that has nothing to inherit, and in which nobody else's
code runs that could open something meanwhile.

All signals are at their defaults then, but for two that glibc keeps for its threads: what it starts ignores these until
it has threads of its own, which set them anew.
"""

from __future__ import annotations

import contextlib
import os
import signal

from qctl.config.environment import PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.engine.processes.prepared import Prepared

#: What Python has others of than a program starts with: see `surroundings.reset_signals`.
_AS_USUAL: Final = (signal.SIGPIPE, signal.SIGXFSZ)


class Spawner:
    """Starts commands of one slot, until code of a task runs there: that may close what this has opened."""

    def __init__(self) -> None:
        """Take what it needs of the slot as it is. Raises OSError if the slot is in no directory."""
        self._home = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        os.putenv("PATH", PATH)  # in which it looks for programs: a task may have set that in C, unseen by `os.environ`

    @classmethod
    def if_nothing_is_inherited(cls) -> Spawner | None:
        """One, unless what it starts would inherit descriptors, or a thread that a task has left could open some."""
        with contextlib.suppress(OSError):
            alone = len(os.listdir("/proc/self/task")) == 1
            if alone and not any(map(_is_inherited, os.listdir("/proc/self/fd"))):
                return cls()
        return None

    def close(self) -> None:
        """Give back what it has opened."""
        os.close(self._home)
        os.close(self._null)

    def can_start(self, name: str, prepared: Prepared, variables: Mapping[str, str]) -> bool:
        """Whether it can start this."""
        return not prepared.restrictions and ("/" in name or variables.get("PATH") == PATH)

    def start(
        self,
        words: Sequence[str],
        prepared: Prepared,
        variables: Mapping[str, str],
        streams: tuple[int | None, int, int],
        *,
        names_place: bool = False,
    ) -> int:
        """Start it in a session of its own, and answer its pid. Raises OSError, with the path that is to blame.

        `names_place`: it finds its directory in PWD.
        """
        stdin, out, err = streams
        dup2, null = os.POSIX_SPAWN_DUP2, self._null
        actions = ((dup2, null if stdin is None else stdin, 0), (dup2, out, 1), (dup2, err, 2))
        os.chdir(prepared.cwd)  # it inherits both this and the umask; afterwards the slot keeps no directory busy
        before = os.umask(prepared.task.umask)
        try:
            if names_place:
                variables = {**variables, "PWD": os.getcwd()}
            return os.posix_spawnp(
                words[0], [*words], variables, file_actions=actions, setsid=True, setsigdef=_AS_USUAL
            )
        finally:
            os.umask(before)
            self._go_home()

    def _go_home(self) -> None:
        """Leave the command's directory. That ours may not be entered any more is no fault of one that has begun."""
        try:
            os.fchdir(self._home)
        except OSError:
            os.chdir("/")


def _is_inherited(fd: str) -> bool:
    """Whether a program that is executed has it too; the standard streams are given to it anyway."""
    try:
        return int(fd) > 2 and os.get_inheritable(int(fd))
    except OSError:
        return False  # that by which they were listed
