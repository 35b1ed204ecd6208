"""How frames travel from the parent to the slots and reports come back: hands, the parent's account, rings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qctl.engine.processes import frames, packets, rings
from qctl.engine.processes.acceptance import Acceptance
from qctl.engine.processes.dispatch import Dispatch
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.reports import Kind, record, records
from qctl.engine.processes.rings import Ring
from qctl.engine.processes.table import Table


def a_frame(number: int) -> Frame:
    return Frame(f"job{number}", 2, 1, b'{"task":"t"}', "default")


class Desk:
    """A dispatch and the slots' end of its socket."""

    def __init__(self) -> None:
        self.table = Table(slots=2)
        self.ours, self.theirs = packets.pair()
        self.dispatch = Dispatch(self.ours, self.theirs, self.table)

    def take(self) -> frames.Hand:
        """As a slot does, up to the moment before it writes to its row."""
        message = packets.receive(self.theirs, packets.DONTWAIT)
        assert message is not None
        return frames.decode(message)

    def withdraw(self) -> None:
        """A slot has died, or frames are wanted back; and nothing more was left to be read."""
        self.dispatch.withdraw()
        self.dispatch.recover()

    def next_ids(self, count: int) -> list[str]:
        """Those that are sent next, each in a hand of its own."""
        assert self.dispatch.send_returned()
        return [frame.id for _ in range(count) for frame in self.take().frames]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.ours.close()
    desk.theirs.close()


def test_frames_travel_after_billions_of_withdrawals(desk: Desk) -> None:
    """A hundred in a second are 2**32 in 16 months, in which a worker may not have been started anew."""
    desk.table.epoch = (1 << 32) - 1
    desk.dispatch.send([a_frame(1), a_frame(2)], 2)
    late = desk.take()

    desk.withdraw()
    assert desk.next_ids(2) == ["job1", "job2"]
    desk.dispatch.send([a_frame(3)])
    fresh = desk.take()

    acceptance = Acceptance(desk.theirs, desk.table, desk.table.row(0))
    assert not acceptance.may_begin(late.serial, late.epoch)
    assert acceptance.may_begin(fresh.serial, fresh.epoch)


def test_a_frame_that_a_dead_slot_had_taken_is_sent_again_before_the_others(desk: Desk) -> None:
    assert desk.dispatch.send([a_frame(number) for number in range(3)]) == 3
    lost = desk.take()

    desk.withdraw()

    assert lost.epoch < desk.table.epoch
    assert desk.next_ids(3) == ["job0", "job1", "job2"]


def test_of_a_dead_slots_hand_what_it_had_not_ended_is_sent_again(desk: Desk) -> None:
    """Fault 1: its row says which one ran, and its ring which have ended."""
    desk.dispatch.send([a_frame(number) for number in range(4)], together=4)
    hand = desk.take()
    desk.dispatch.sent.pop(hand.serial)  # ended
    desk.dispatch.start(hand.serial + 1, 0, 0.0)  # the one that ran

    desk.withdraw()

    assert desk.next_ids(2) == ["job2", "job3"]
    assert packets.receive(desk.theirs, packets.DONTWAIT) is None


def test_of_the_hand_of_a_living_slot_only_the_frame_that_its_row_shows_stays_its_own(desk: Desk) -> None:
    desk.dispatch.send([a_frame(number) for number in range(3)], together=3)
    hand = desk.take()
    row = desk.table.row(1)
    acceptance = Acceptance(desk.theirs, desk.table, row)
    assert acceptance.may_begin(hand.serial, hand.epoch)

    desk.withdraw()

    assert desk.next_ids(2) == ["job1", "job2"]
    assert not acceptance.may_begin(hand.serial + 1, hand.epoch)
    assert desk.dispatch.start(hand.serial, 1, 0.0) == a_frame(0)


def test_a_living_slot_that_has_not_shown_its_frame_will_decline_it(desk: Desk) -> None:
    desk.dispatch.send([a_frame(1)])
    held = desk.take()  # the row does not show it yet

    desk.withdraw()

    assert held.epoch < desk.table.epoch  # so the slot declines it …
    desk.dispatch.decline([held.serial])  # … of which nothing more comes
    assert desk.dispatch.send_returned()
    again = desk.take()
    assert (again.frames, again.epoch) == ([a_frame(1)], desk.table.epoch)
    assert again.serial != held.serial
    assert desk.dispatch.start(held.serial, 1, 0.0) is None
    assert packets.receive(desk.theirs, packets.DONTWAIT) is None


def test_a_frame_that_a_living_slot_has_ended_and_left_behind_is_not_sent_again(desk: Desk) -> None:
    """Its word stands behind the news of the death; its row shows the next frame already."""
    desk.dispatch.send([a_frame(1), a_frame(2)])
    ended, next_one = desk.take(), desk.take()
    desk.table.row(1).current = next_one.serial

    desk.dispatch.withdraw()
    desk.dispatch.sent.pop(ended.serial)
    desk.dispatch.recover()

    assert desk.dispatch.send_returned()
    assert packets.receive(desk.theirs, packets.DONTWAIT) is None
    assert desk.dispatch.start(next_one.serial, 1, 0.0) == a_frame(2)


def test_a_slot_begins_nothing_whose_epoch_is_over(desk: Desk) -> None:
    """Without this a frame that was sent again would be begun twice."""
    row = desk.table.row(0)
    acceptance = Acceptance(desk.theirs, desk.table, row)
    desk.dispatch.send([a_frame(1)])
    desk.table.epoch += 1
    desk.dispatch.send([a_frame(2), a_frame(3)], together=2)

    first, second = acceptance.take(packets.DONTWAIT), acceptance.take(packets.DONTWAIT)

    assert first is not None
    assert second is not None
    assert not acceptance.may_begin(first.serial, first.epoch)
    assert acceptance.may_begin(second.serial, second.epoch)
    assert (row.current, row.last) == (second.serial, second.serial + 1)
    assert second.frames == [a_frame(2), a_frame(3)]
    assert acceptance.take(packets.DONTWAIT) is None


def test_a_declined_frame_is_sent_again(desk: Desk) -> None:
    desk.dispatch.send([a_frame(1)])
    held = desk.take()
    desk.table.row(1).current = held.serial
    desk.withdraw()

    desk.dispatch.decline([held.serial])

    assert desk.next_ids(1) == ["job1"]


def test_frames_that_are_wanted_back_come_in_the_order_in_which_they_were_sent(desk: Desk) -> None:
    desk.dispatch.send([a_frame(number) for number in range(6)], together=2)
    taken = desk.take()
    desk.table.row(0).current = taken.serial

    desk.withdraw()

    assert [frame.id for frame in desk.dispatch.take_back()] == ["job1", "job2", "job3", "job4", "job5"]
    assert desk.dispatch.send_returned()
    assert packets.receive(desk.theirs, packets.DONTWAIT) is None


def test_a_hand_is_cut_where_it_would_be_too_large_for_the_socket(desk: Desk) -> None:
    many = [Frame(f"job{number}", 1, 1, bytes([number]) * 20_000, "default") for number in range(8)]

    assert desk.dispatch.send(many, together=8) == 8

    taken: list[frames.Hand] = []
    while sum(len(hand.frames) for hand in taken) < 8:
        taken.append(desk.take())
    assert len(taken) > 1
    assert [frame for hand in taken for frame in hand.frames] == many
    assert [hand.serial for hand in taken[1:]] == [hand.serial + len(hand.frames) for hand in taken[:-1]]


def a_ring() -> Ring:
    return Table(slots=1).ring(0)


def test_a_ring_gives_back_what_was_left_in_it_lap_after_lap() -> None:
    ring, number = a_ring(), 0
    for size in (23, 100, rings.LARGEST, 23, 7000, 1, rings.LARGEST - 1) * 20:
        left = [record(Kind.DONE, 0, number + each, 0.0, bytes(size - 1)) for each in range(2)]
        left = [one for one in left if ring.put(one)]
        found = b""
        read = []
        while found := ring.take():
            read += [(said.serial, len(said.content)) for said in records(found)]
        assert read == [(number + each, size - 1) for each in range(len(left))]
        assert len(left) == 2 or size > rings.LARGEST - 23
        number += 2


def test_a_ring_that_is_full_takes_nothing_until_it_is_read() -> None:
    ring, one = a_ring(), record(Kind.DONE, 0, 1, 0.0, bytes(1000))
    put = 0
    while ring.put(one):
        put += 1
        assert ring.half_full == (put * len(one) > rings.SIZE // 2)

    assert put == rings.SIZE // len(one)
    assert len(list(records(ring.take()))) == put
    assert ring.put(one)
    assert not ring.put(bytes(rings.LARGEST + 1))


def test_when_all_are_dead_every_frame_that_was_not_begun_is_left(desk: Desk) -> None:
    desk.dispatch.send([a_frame(number) for number in range(3)])
    begun, _ = desk.take(), desk.take()
    desk.dispatch.start(begun.serial, 0, 0.0)

    assert [frame.id for frame in desk.dispatch.abandon()] == ["job1", "job2"]
