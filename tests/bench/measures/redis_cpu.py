"""What a job costs Redis, from its submit to its end, beside five commands that any queue would need for one.

The reference is one HSET, ZADD, HGETALL, ZREM and SET a job, with fields and values as large as those that qctl keeps
of this job while it waits and once it has ended. They go in pipelines of a hundred jobs, so that the network does not
count: what they cost is their work alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Final

from qctl.store.keys import Keys
from tests.bench.figures import Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample
from tests.bench.peers.peer import Command, Peer, Variant
from tests.bench.stand import Stand

REFERENCE: Final = "five commands"
_PIPELINE: Final = 100
_SHARE: Final = 2


class RedisCpu(Measure):
    """The processor's time of the server."""

    name = "redis-cpu"
    figures = (
        Figure(
            "redis-cpu",
            "Redis's processor time per no-op job, submit to end",
            "us",
            Better.LESS,
            (Bar(1.5, (REFERENCE,), limit=60.0),),
        ),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Ours(field.us, field.stand), _Reference(field.us, field.stand)]


class _Ours(Contestant):
    def __init__(self, us: Peer, stand: Stand) -> None:
        self.name, self.ways = us.name, us.variants
        self._us, self._stand = us, stand

    def sample(self, way: Variant, effort: Effort) -> Sample:
        count, counting = effort.jobs // _SHARE, self._us.counting("noop")
        with self._stand.place(self._us) as place:
            place.drive("fill", "noop", 1)  # scripts are loaded
            before = place.line.cpu_seconds()
            place.drive("fill", "noop", count)
            with place.worker(way):
                place.until(counting, count + 1, count + 1)
                used = place.line.cpu_seconds() - before
        return {"redis-cpu": used / count * 1e6}


class _Reference(Contestant):
    name = REFERENCE
    ways = (Variant("HSET ZADD HGETALL ZREM SET, pipelined", ()),)

    def __init__(self, us: Peer, stand: Stand) -> None:
        self._us, self._stand = us, stand
        self._record: Mapping[str, str] = {}
        self._ended = ""

    def sample(self, way: Variant, effort: Effort) -> Sample:
        if not self._record:
            self._record, self._ended = self._sizes()
        count = effort.jobs // _SHARE
        with self._stand.redis() as (_, line):
            before = line.cpu_seconds()
            for start in range(0, count, _PIPELINE):
                line.replies([each for job in range(start, start + _PIPELINE) for each in self._sequence(job)])
            return {"redis-cpu": (line.cpu_seconds() - before) / count * 1e6}

    def _sequence(self, job: int) -> list[Command]:
        key, queue = f"job:{job:08d}", "queue"
        fields = [word for pair in self._record.items() for word in pair]
        return [
            ("HSET", key, *fields),
            ("ZADD", queue, str(job), key),
            ("HGETALL", key),
            ("ZREM", queue, key),
            ("SET", f"ended:{key}", self._ended),
        ]

    def _sizes(self) -> tuple[Mapping[str, str], str]:
        """What qctl keeps of a no-op job while it waits, and texts as long as what it keeps once it has ended."""
        counting = self._us.counting("noop")
        with self._stand.place(self._us) as place:
            place.drive("fill", "noop", 1)
            (waiting,) = place.line.replies([("ZRANGE", Keys("qctl").ready("default"), "0", "0")])
            (id_,) = waiting
            key = Keys("qctl").job(id_)
            (flat,) = place.line.replies([("HGETALL", key)])
            with place.worker(self._us.variants[0]):
                place.until(counting, 1, 1)
            length = place.line.numbers([("STRLEN", key)])
        return dict(zip(flat[::2], flat[1::2], strict=True)), "x" * length
