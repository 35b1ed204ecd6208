"""The bounded backlog: only of work known to be short, about 20 ms of it per slot."""

from __future__ import annotations

from math import ceil

from qctl.engine.backlog import DEEPEST, LONGEST_REST, OVERHEAD, REST, Backlog, Durations


def known(**seconds: float) -> Durations:
    durations = Durations()
    for task, duration in seconds.items():
        durations.note(task, duration)
    return durations


def test_a_task_never_seen_counts_as_long() -> None:
    durations = known(short=0.001)

    assert durations.is_short("short")
    assert not durations.is_short("never-seen")


def test_one_long_attempt_makes_a_task_long_and_short_ones_make_it_short_again() -> None:
    durations = known(task=0.001)

    durations.note("task", 1.0)
    assert not durations.is_short("task")

    for _ in range(50):
        durations.note("task", 0.001)
    assert durations.is_short("task")


def test_an_attempt_that_the_kernel_has_put_aside_does_not_make_a_task_slow() -> None:
    durations = known(task=0.00005)

    durations.note("task", 0.010)

    assert durations.expected("task") < 0.0001


def test_a_task_that_has_become_slower_is_known_as_such_within_a_few_attempts() -> None:
    durations = known(task=0.0)

    for _ in range(20):
        durations.note("task", 0.015)

    assert durations.expected("task") > 0.010


def test_only_free_slots_are_filled_while_nothing_is_known() -> None:
    backlog = Backlog(2, Durations())

    assert backlog.room(2, 0, (), 0.0) == 2
    assert backlog.room(0, 0, (), 0.0) == 0


def test_short_work_is_held_for_about_twenty_milliseconds_per_slot() -> None:
    backlog = Backlog(2, known(thumb=0.005))

    assert backlog.surplus(["thumb"] * 4, free=2, now=0.0) == []
    assert backlog.room(0, 0, (), 0.0) == 2 * 3
    assert backlog.room(0, 5, (), 0.0) == 1


def test_the_backlog_is_bounded_however_short_the_work_is() -> None:
    backlog = Backlog(2, known(noop=0.0))
    backlog.surplus(["noop"], free=0, now=0.0)

    assert backlog.room(0, 0, (), 0.0) == 2 * DEEPEST


def test_long_work_without_a_free_slot_is_sent_back_and_none_is_held_for_a_second() -> None:
    backlog = Backlog(2, known(noop=0.0, dump=60.0))
    backlog.surplus(["noop"], free=2, now=0.0)

    assert backlog.surplus(["dump", "noop", "dump", "unknown", "noop"], free=1, now=10.0) == [2, 3]
    assert backlog.room(1, 0, (), 10.5) == 1
    assert backlog.room(1, 0, (), 11.5) > 1


def test_it_is_cautious_no_longer_than_until_all_that_was_sent_back_has_turned_out_to_be_short() -> None:
    durations = known(noop=0.0)
    backlog = Backlog(2, durations)
    backlog.surplus(["noop"], free=2, now=0.0)
    backlog.surplus(["never-seen", "another"], free=0, now=10.0)

    durations.note("never-seen", 0.001)
    assert backlog.room(1, 0, (), 10.1) == 1

    durations.note("another", 0.001)
    assert backlog.room(1, 0, (), 10.1) > 1


def test_what_was_sent_back_before_is_still_waited_for_when_something_else_is() -> None:
    durations = known(noop=0.0)
    backlog = Backlog(2, durations)
    backlog.surplus(["noop"], free=2, now=0.0)
    backlog.surplus(["slow"], free=0, now=10.0)
    backlog.surplus(["never-seen"], free=0, now=10.5)

    durations.note("never-seen", 0.001)
    assert backlog.room(1, 0, (), 10.6) == 1


def test_nothing_is_held_for_a_slot_that_runs_something_long() -> None:
    backlog = Backlog(2, known(thumb=0.005))
    backlog.surplus(["thumb"], free=2, now=0.0)

    assert backlog.room(0, 0, [("thumb", 0.0), ("thumb", 0.0)], 0.001) == 2 * 3
    assert backlog.room(0, 0, [("thumb", 0.0), ("dump", 0.0)], 0.001) == 3
    assert backlog.room(0, 0, [("thumb", 0.0), ("thumb", 0.0)], 0.500) == 0


def test_the_worker_rests_while_the_slots_have_plenty_to_do_and_longer_while_jobs_take_longer() -> None:
    assert Backlog(2, Durations()).rest(1000) == 0.0  # nothing is known
    for seconds, rest in (0.0, REST), (0.0005, 0.002), (0.005, LONGEST_REST):
        backlog = Backlog(2, known(job=seconds))
        backlog.surplus(["job"], free=2, now=0.0)
        enough = ceil(2 * rest * 2 / (seconds + OVERHEAD))
        assert backlog.rest(enough) == rest
        assert backlog.rest(enough - 1) == backlog.rest(0) == 0.0
        assert enough <= backlog.room(0, 0, (), 0.0)


def test_a_machine_too_busy_to_keep_up_holds_less_and_then_slowly_more() -> None:
    backlog = Backlog(1, known(noop=0.0))
    backlog.surplus(["noop"], free=1, now=0.0)

    backlog.too_much()
    assert backlog.room(0, 0, (), 0.0) == DEEPEST // 2

    for _ in range(DEEPEST):
        backlog.surplus(["noop"], free=1, now=0.0)
    assert backlog.room(0, 0, (), 0.0) == DEEPEST
