"""The store: every change of state is one script, and only this package talks to Redis.

Owns the key names, the record format and the scripts. Knows nothing of task code, processes, terminals or wall clocks:
time is the server's. Each name here is imported when it is first used: a Tab needs few.
"""

from __future__ import annotations

from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.model.address import Address, parse_address
    from qctl.store.command import Command
    from qctl.store.connecting import address_of, connect, open_store, transport_to
    from qctl.store.instance import eviction, read_info, unsaved_s
    from qctl.store.keys import Keys
    from qctl.store.pauses import Pause
    from qctl.store.queues import Queue
    from qctl.store.reading import LIVE_BATCH, Reading
    from qctl.store.schedule_reading import ScheduleReading
    from qctl.store.store import Store
    from qctl.store.transport import Transport
    from qctl.store.verbs import Verbs
    from qctl.store.wire import Wire
    from qctl.store.worker_info import WorkerInfo
    from qctl.store.worker_verbs import EVERY

__all__ = [
    "EVERY",
    "LIVE_BATCH",
    "Address",
    "Command",
    "Keys",
    "Pause",
    "Queue",
    "Reading",
    "ScheduleReading",
    "Store",
    "Transport",
    "Verbs",
    "Wire",
    "WorkerInfo",
    "address_of",
    "connect",
    "eviction",
    "open_store",
    "parse_address",
    "read_info",
    "transport_to",
    "unsaved_s",
]

#: Of modules none has the name of what it offers: that of a module would hide it.
_HOMES = {
    **dict.fromkeys(("Address", "parse_address"), "qctl.model.address"),
    "Command": "qctl.store.command",
    **dict.fromkeys(("address_of", "connect", "open_store", "transport_to"), "qctl.store.connecting"),
    **dict.fromkeys(("eviction", "read_info", "unsaved_s"), "qctl.store.instance"),
    "Keys": "qctl.store.keys",
    "Pause": "qctl.store.pauses",
    "Queue": "qctl.store.queues",
    **dict.fromkeys(("LIVE_BATCH", "Reading"), "qctl.store.reading"),
    "ScheduleReading": "qctl.store.schedule_reading",
    "Store": "qctl.store.store",
    "Transport": "qctl.store.transport",
    "Verbs": "qctl.store.verbs",
    "EVERY": "qctl.store.worker_verbs",
    "Wire": "qctl.store.wire",
    "WorkerInfo": "qctl.store.worker_info",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found
