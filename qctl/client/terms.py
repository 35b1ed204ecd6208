"""Values of the store that whoever asks a client meets in its answers."""

from __future__ import annotations

from qctl.store import Pause, Queue, WorkerInfo
from qctl.store.aside import Aside
from qctl.store.schedule_values import BeatInfo, Disabled, ScheduleState
from qctl.store.taken import Cancelled, Taken
from qctl.store.workflow_values import WorkflowState

__all__ = [
    "Aside",
    "BeatInfo",
    "Cancelled",
    "Disabled",
    "Pause",
    "Queue",
    "ScheduleState",
    "Taken",
    "WorkerInfo",
    "WorkflowState",
]
