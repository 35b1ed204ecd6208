"""The store: every change of state is one script, and only this package talks to Redis.

Owns the key names, the record format and the scripts. Knows nothing of task code, processes, terminals or wall clocks:
time is the server's.
"""

from __future__ import annotations

from qctl.model.address import Address, parse_address
from qctl.store.command import Command
from qctl.store.connecting import address_of, connect, open_store, transport_to
from qctl.store.instance import Pause, Queue, WorkerInfo, eviction, read_info, unsaved_s
from qctl.store.keys import Keys
from qctl.store.reading import LIVE_BATCH, Reading
from qctl.store.schedule_reading import ScheduleReading
from qctl.store.store import Store, Transport
from qctl.store.verbs import EVERY, Verbs
from qctl.store.wire import Wire

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
