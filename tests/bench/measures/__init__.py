"""All that is measured, in the order in which it is told."""

from __future__ import annotations

from typing import Final

from tests.bench.measures.commands import Completion, Help, Ps, PsInTerminal, Run
from tests.bench.measures.drain import Drain, Payload
from tests.bench.measures.measure import Measure
from tests.bench.measures.pickup import Pickup
from tests.bench.measures.redis_cpu import RedisCpu
from tests.bench.measures.resting import Idle, Memory
from tests.bench.measures.shell import Shell
from tests.bench.measures.submit import SubmitBulk, SubmitOne

MEASURES: Final[tuple[type[Measure], ...]] = (
    Drain,
    Payload,
    RedisCpu,
    SubmitOne,
    SubmitBulk,
    Pickup,
    Run,
    Ps,
    PsInTerminal,
    Help,
    Completion,
    Shell,
    Memory,
    Idle,
)
