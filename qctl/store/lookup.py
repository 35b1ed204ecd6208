"""Looking up a host's name without waiting for it: a forked child asks, for a name server may say nothing for minutes.

The caller starts no threads, and what the C library asks cannot be broken off otherwise.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket

from qctl.errors import QctlError
from qctl.store.sockets import targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.address import Address
    from qctl.store.sockets import Target

_MOST: Final = 65536  #: bytes of an answer: a pipe takes them at once, and there are names with hundreds of addresses
_LONGEST: Final = 60  #: seconds after which a child ends, whose parent was killed
_AT_HAND: Final = "localhost"  #: stands in a file


def is_at_hand(address: Address) -> bool:
    """Whether what to connect to is known without asking anybody."""
    if address.scheme == "unix" or address.host == _AT_HAND:
        return True
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, address.host)
            return True
    with contextlib.suppress(UnicodeError):
        address.host.encode("idna")
        return False
    return True  # it can be no name, which is found out at once


class Lookup:
    """One question under way. `fileno()` can be read when it is answered."""

    def __init__(self, address: Address) -> None:
        self._answer, theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        held = signal.pthread_sigmask(
            signal.SIG_SETMASK, signal.valid_signals()
        )  # the child has nothing to do with any
        gc.disable()  # nor may it run the parent's destructors
        try:
            self._child = os.fork()
            if not self._child:
                _look_up(address, theirs)
        except OSError:
            os.close(self._answer)
            raise
        finally:
            gc.enable()
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            os.close(theirs)

    def fileno(self) -> int:
        return self._answer

    def found(self) -> list[Target] | None:
        """All addresses of the name; None: nobody has answered yet. Raises OSError if it has none."""
        try:
            said = os.read(self._answer, _MOST)
        except BlockingIOError:
            return None
        answer = json.loads(said) if said else "the look-up of its name broke off"
        if isinstance(answer, str):
            raise OSError(answer)
        return [(family, tuple(target)) for family, target in answer]

    def close(self) -> None:
        """Ask no more."""
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):  # somebody else waits for every child
                os.waitpid(self._child, 0)
            os.close(self._answer)
        self._child = 0


def _look_up(address: Address, theirs: int) -> None:
    """Answer, and end, whatever happens. Nothing of the parent's is held open meanwhile."""
    try:
        os.closerange(0, theirs)
        os.closerange(theirs + 1, 1 << 20)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        signal.alarm(_LONGEST)
        os.write(theirs, _said(address))
    finally:
        os._exit(0)


def _said(address: Address) -> bytes:
    try:
        answer = json.dumps(targets(address))
    except QctlError as error:
        answer = json.dumps(str(error.facts.get("reason", error)))
    return answer.encode()[:_MOST]
