"""The trust window: it counts from before a heartbeat was sent, and nothing lengthens it afterwards."""

from __future__ import annotations

from qctl.engine.lease import Lease


def test_a_new_worker_is_not_trusted_until_its_first_heartbeat_is_answered() -> None:
    lease = Lease(30.0, now=100.0)

    assert not lease.trusted(100.0)
    lease.renewed(sent=100.0)
    assert lease.trusted(101.0)


def test_a_late_answer_counts_from_when_its_heartbeat_was_sent() -> None:
    """Fault 9: a process that was stopped for longer than its lease wakes up untrusted."""
    lease = Lease(30.0, now=0.0)

    lease.renewed(sent=0.0)

    assert lease.trusted(26.0)
    assert not lease.trusted(28.0)
    lease.renewed(sent=-10.0)
    assert lease.ends == 27.0


def test_heartbeats_are_due_four_times_in_a_lease_and_may_be_hurried() -> None:
    lease = Lease(30.0, now=0.0)
    lease.hurry(0.0)
    assert lease.next_due() == float("inf")  # nothing is due before the worker is registered

    lease.begin(0.0)
    lease.sent(0.0)

    assert lease.next_due() == 7.5
    lease.hurry(1.0)
    assert lease.next_due() == 1.0
    lease.sent(1.0)
    assert lease.next_due() == 8.5


def test_a_worker_whose_machine_slept_is_trusted_for_as_much_less() -> None:
    """Fault 60: the clock by which it counts stood still, and the server's did not."""
    lease = Lease(30.0, now=0.0)
    lease.begin(0.0)
    lease.sent(0.0)
    lease.renewed(sent=0.0)

    lease.slept(20.0, now=5.0)

    assert lease.trusted(6.5)
    assert not lease.trusted(7.5)
    assert lease.silent(5.0) == 25.0
    assert lease.next_due() == 5.0, "it asks at once whether it still counts"


def test_the_answer_to_a_heartbeat_of_before_the_sleep_renews_nothing() -> None:
    lease = Lease(30.0, now=0.0)

    lease.slept(3600.0, now=5.0)
    lease.renewed(sent=4.0)

    assert not lease.trusted(5.0)
    lease.renewed(sent=5.0)
    assert lease.trusted(5.0)
