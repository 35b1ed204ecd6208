"""Task code that leaves a thread behind."""

from __future__ import annotations

import threading
import time


def leave_thread() -> None:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
