"""A memory barrier for what processes share: what is written before it is seen before what is read or written after it.

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


barrier: Final = _once if os.uname().machine in ("x86_64", "i686", "i386") else _twice
