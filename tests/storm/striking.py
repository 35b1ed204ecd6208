"""Two workers over a Redis of their own, and the bad things that happen to all of them."""

from __future__ import annotations

import os
import random
import signal

from tests.integration.worker.workshop import RunningWorker, Workshop
from tests.support import PrivateRedis
from tests.support.processes import children


class Storm:
    """Two workers, and what happens to them."""

    def __init__(self, shop: Workshop, server: PrivateRedis, seed: int) -> None:
        self.shop, self.server = shop, server
        self.dice = random.Random(seed)
        self.slots_killed = self.templates_killed = self.workers_killed = self.redis_killed = 0
        self.workers = [self._start(), self._start()]

    def strike(self) -> None:
        """Do one bad thing."""
        match self.dice.choices(["slot", "template", "worker", "redis"], [6, 1, 2, 1])[0]:
            case "slot":
                self._kill_a_slot(self.dice.choice(self.workers))
            case "template":
                self._kill_a_template(self.dice.choice(self.workers))
            case "worker":
                victim = self.workers.pop(self.dice.randrange(2))
                victim.signal(signal.SIGKILL)
                victim.process.wait()
                self.workers_killed += 1
                self.workers.append(self._start())
            case _:
                self.server.kill()
                self.server.start()
                self.redis_killed += 1

    def _start(self) -> RunningWorker:
        return self.shop.worker(lease=2.0, level="WARNING")

    def _kill_a_slot(self, worker: RunningWorker) -> None:
        for template in children(worker.pid):
            slots = children(template.pid)
            if slots:
                try:
                    os.kill(self.dice.choice(slots).pid, signal.SIGKILL)
                except ProcessLookupError:
                    return
                self.slots_killed += 1

    def _kill_a_template(self, worker: RunningWorker) -> None:
        """With what its slots are made of go the slots."""
        templates = children(worker.pid)
        if templates:
            try:
                os.kill(self.dice.choice(templates).pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.templates_killed += 1
