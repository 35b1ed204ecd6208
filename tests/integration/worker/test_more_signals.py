"""A worker that is told to go more often than once, and how late (faults by number)."""

from __future__ import annotations

import signal

import pytest

from qctl.model.state import State
from tests.integration.worker.test_faults import SLEEPS
from tests.integration.worker.workshop import Workshop
from tests.support import eventually


@pytest.mark.parametrize("signals", [[signal.SIGTERM] * 5, [signal.SIGTERM, signal.SIGINT], [signal.SIGINT] * 3])
def test_the_second_signal_gives_back_now_and_later_ones_are_ignored(
    shop: Workshop, signals: list[signal.Signals]
) -> None:
    """Fault 7."""
    shop.declare(SLEEPS)
    id_ = shop.submit("sleeps")
    worker = shop.ready_worker()
    shop.running(id_)

    for number in signals:
        worker.signal(number)
        eventually(lambda: worker.process.poll() is not None or worker.records("phase"))

    assert worker.wait(within=5.0) == 1
    assert shop.read.job(id_).state is State.QUEUED


@pytest.mark.parametrize("late", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_comes_while_the_process_ends_changes_nothing(shop: Workshop, late: signal.Signals) -> None:
    """Fault 7: all is done by then but for what Python does itself, and the exit code says how it went."""
    shop.declare(SLEEPS)
    id_ = shop.submit("sleeps")
    at_its_end = f"import atexit, os\natexit.register(lambda: os.kill(os.getpid(), {int(late)}))\n"
    worker = shop.ready_worker(drain_timeout=0.1, first=at_its_end)
    shop.running(id_)

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 1
    assert shop.read.job(id_).state is State.QUEUED
