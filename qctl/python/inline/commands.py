"""One attempt of a command, as `qctl run --local` makes it: a process of its own, in the environment of a job."""

from __future__ import annotations

import os
import select
import tempfile
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from qctl import clock
from qctl.classes import replace
from qctl.config import Config
from qctl.current import Said
from qctl.engine.processes import kernel, rundir
from qctl.engine.processes.events import Asked, Event, Finished, Progress, SlotDied
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.pool import Pool
from qctl.engine.processes.table import Stop, Why
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.task import Task

_WAKE: Final = 0.5  #: seconds after which the clocks are looked at in any case
_FENCE: Final = 1  #: each attempt has a pool of its own


def run_command(
    frame: Frame,
    config: Config,
    task: Task | None,
    say: Callable[[Said], None],
    answer: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> Ended:
    """Run it to its end, or to its time limit. `answer` is asked what the job asks its worker."""
    tasks = {name: one for name, one in config.tasks.items() if one.kind is not Kind.CALL}
    bare = replace(config, tasks=tasks, declared={}, modules=(), deliveries={})
    with tempfile.TemporaryDirectory(prefix="qctl-inline-") as folder:
        rundir.let_users_pass(folder)
        pool = Pool(PoolPlan(config=bare, slots=1, directory=os.path.join(folder, "runs"), label="here", adhoc=True))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork while there are threads: the fork has one
            pool.start()
        try:
            return _Attempt(pool, frame._replace(fence=_FENCE), task, say, answer).run()
        finally:
            pool.close()
            kernel.adopt_orphans(False)


class _Attempt:
    """One attempt in a pool of one slot."""

    def __init__(
        self,
        pool: Pool,
        frame: Frame,
        task: Task | None,
        say: Callable[[Said], None],
        answer: Callable[[Mapping[str, Any]], dict[str, Any]],
    ) -> None:
        self._pool, self._frame, self._task, self._say, self._answer = pool, frame, task, say, answer

    def run(self) -> Ended:
        sent, started = False, clock.monotonic()
        while True:
            sent = sent or self._pool.dispatch([self._frame]) > 0
            for event in self._pool.events():
                if (ended := self._hear(event)) is not None:
                    return ended
            self._limit(clock.monotonic() - started)
            due = self._pool.next_due() - clock.monotonic()
            select.select(self._pool.sources(), [], [], min(_WAKE, max(0.0, due)))

    def _limit(self, elapsed: float) -> None:
        if self._task is not None and self._task.timeout is not None and elapsed > self._task.timeout:
            stop = Stop.terminate(self._task.stop_signal, self._task.grace, Why.TIMEOUT)
            self._pool.stop(self._frame.id, _FENCE, stop)

    def _hear(self, event: Event) -> Ended | None:
        match event:
            case Finished(ended=ended) | SlotDied(ended=Ended() as ended):
                return ended
            case Progress():
                self._say(Said(event.fraction, event.text, event.told))
            case Asked():
                self._pool.answer(event.token, self._answer(event.request))
        return None
