"""A memory barrier for what processes share: what is written before it is seen before what is read or written after it.

x86 lets a read pass the writes before it and keeps all else in its order, so that most of what is shared needs no
barrier there; other processors, ARM for one, keep next to no order of themselves (`REORDERS`). No signal handler may
call it: it would wait for the lock that what it has interrupted holds.

Taking a lock and giving it back are atomic instructions. On x86 one of them is a full barrier. Elsewhere, ARM for one,
taking it only holds back what comes after, and giving it back what came before: two in a row leave no way around.
"""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_lock: Final = threading.Lock()


def _once() -> None:
    with _lock:
        pass


def _twice() -> None:
    with _lock:
        pass
    with _lock:
        pass


#: Whether a processor lets writes be seen, and reads be made, in another order than they stand here.
REORDERS: Final = os.uname().machine not in ("x86_64", "i686", "i386")
barrier: Final = _twice if REORDERS else _once
