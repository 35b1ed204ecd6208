"""How a worker comes to its end (faults 5 to 7)."""

from __future__ import annotations

import math

from qctl.engine.shutdown import Phase, Shutdown


def test_the_first_signal_finishes_the_second_releases_now_and_further_ones_say_nothing_new() -> None:
    shutdown = Shutdown(300.0)

    phases = []
    for now in range(5):
        shutdown.signalled(float(now))
        phases.append(shutdown.phase)

    assert phases == [Phase.FINISHING] + [Phase.CUTTING_NOW] * 4


def test_running_jobs_are_cut_off_when_patience_runs_out() -> None:
    shutdown = Shutdown(300.0)
    shutdown.signalled(10.0)

    shutdown.run_once(309.0)
    assert not shutdown.cutting
    assert shutdown.next_due() == 310.0

    shutdown.run_once(310.0)
    assert shutdown.phase is Phase.CUTTING


def test_endless_patience_never_cuts_off() -> None:
    shutdown = Shutdown(math.inf)
    shutdown.signalled(10.0)

    shutdown.run_once(1e9)

    assert shutdown.phase is Phase.FINISHING
    assert shutdown.next_due() == math.inf


def test_a_drained_worker_stays_takes_nothing_and_resumes() -> None:
    shutdown = Shutdown(300.0)

    shutdown.commanded("drain")
    assert not shutdown.takes_work
    assert not shutdown.going

    shutdown.commanded("resume")
    assert shutdown.takes_work


def test_stopping_is_never_taken_back() -> None:
    shutdown = Shutdown(300.0)
    shutdown.commanded("stop")

    for command in ("resume", "drain", "stop", ""):
        shutdown.commanded(command)

    assert shutdown.phase is Phase.FINISHING


def test_a_command_to_stop_waits_for_a_job_of_hours_and_a_signal_after_it_does_not() -> None:
    """R13: an upgrade under a long job. Who sends a signal waits for the process, as systemd does."""
    shutdown = Shutdown(300.0)

    shutdown.commanded("stop")
    assert shutdown.next_due() == math.inf

    shutdown.signalled(10_000.0)
    assert shutdown.phase is Phase.FINISHING
    assert shutdown.next_due() == 10_300.0


def test_a_command_to_stop_now_cuts_a_finishing_worker_off() -> None:
    shutdown = Shutdown(300.0)
    shutdown.signalled(1.0)

    shutdown.commanded("stop-now")

    assert shutdown.phase is Phase.CUTTING_NOW
