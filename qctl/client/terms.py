"""Values of the store that whoever asks a client meets in its answers."""

from __future__ import annotations

from qctl.store import Pause, Queue, WorkerInfo
from qctl.store.values import Cancelled, IfExists, Taken

__all__ = ["Cancelled", "IfExists", "Pause", "Queue", "Taken", "WorkerInfo"]
