"""How a worker fetches what steps receive: in bounded round trips, other jobs not held up, whatever Redis does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from qctl.engine.backlog import Backlog, Durations
from qctl.engine.claims import Claims, Held, Stage
from qctl.engine.crew import Crew
from qctl.engine.intake import Intake
from qctl.engine.outbox import Outbox
from qctl.engine.processes.table import Stop, Why
from qctl.engine.receiving import AT_ONCE, PAUSE, ROOM, Reading, Receiving
from qctl.engine.station import Station
from qctl.errors import QctlError, RedisBusy
from qctl.model.attempt import Value, ValueKind
from qctl.model.ended import Ended
from qctl.model.state import Reason
from qctl.model.workflow.inputs import Input, InputGone, InputTooLarge, Items, decode
from qctl.store import Command
from qctl.store.values import Claim

GONE, LARGE = "v:gone", "v:large"


def read(workflow: str, source: str) -> Reading:
    """A value that takes as many round trips as its source says."""
    parts: list[Input] = []
    for number in range(int(source) if source.isdecimal() else 1):
        (answer,) = yield [Command((workflow, source, number), lambda reply: reply)]
        if source == GONE:
            raise InputGone(what="w.1")
        if source == LARGE:
            raise InputTooLarge(size=1 << 30)
        parts.append(Value(ValueKind.BYTES, answer))
    return Items(tuple(parts))


class Line:
    """The connection, of which the test gives the answers."""

    def __init__(self) -> None:
        self.up = True
        self.sent: list[Sequence[Command[Any]]] = []
        self._then: Callable[[list[Any]], None] | None = None
        self._lost: Callable[[], None] | None = None

    def ask(self, commands: Sequence[Command[Any]], then: Any, lost: Any, now: float) -> bool:
        assert self._then is None, "one exchange at a time"
        self.sent.append(commands)
        self._then, self._lost = then, lost
        return True

    def answer(self, answer: bytes | QctlError = b"x") -> None:
        then, self._then = self._then, None
        assert then is not None
        then([answer for _ in self.sent[-1]])

    def lose(self) -> None:
        lost, self._then = self._lost, None
        assert lost is not None
        lost()


class Place:
    """A worker's place, with claims that a test makes."""

    def __init__(self) -> None:
        self.line, self.claims, self.now = Line(), Claims(), 0.0
        self.refused: list[tuple[Held, Ended]] = []
        self.arrived = 0
        journal = SimpleNamespace(trouble=lambda *_: None)
        station = SimpleNamespace(line=self.line, claims=self.claims, clock=lambda: self.now, journal=journal)
        self.receiving = Receiving(cast(Station, station), read)
        self.receiving.on_refused = lambda held, ended, now: self._refused(held, ended)
        self.receiving.on_arrived = lambda now: self._arrived()

    def _refused(self, held: Held, ended: Ended) -> None:
        self.claims.end(held)
        self.refused.append((held, ended))

    def _arrived(self) -> None:
        self.arrived += 1

    def claim(self, source: str, number: int = 1, workflow: str = "w") -> Held:
        claim = Claim(f"{workflow}.{number}", 1, 1, "t", "q", 0, 0, 0, 0, b"", source=source)
        held = Held(claim, "me", None, self.now)
        assert self.claims.take(held)
        if held.stage is Stage.RECEIVING:
            self.receiving.expect(held)
        return held

    def turn(self) -> int:
        """Run once; answers how many commands were sent."""
        before = len(self.line.sent)
        self.receiving.run_once(self.now)
        return len(self.line.sent[-1]) if len(self.line.sent) > before else 0


def test_a_step_waits_for_a_slot_once_it_has_what_it_receives() -> None:
    place = Place()
    step, other = place.claim("1"), place.claim("", 2)

    assert list(place.claims.waiting) == [other], "who receives nothing is not held up"
    assert place.turn() == 1
    place.line.answer(b"value")

    assert place.line.sent[0][0].words[:2] == ("w", "1")
    assert list(place.claims.waiting) == [other, step]
    assert decode(step.received) == Items((Value(ValueKind.BYTES, b"value"),))
    assert place.arrived == 1


def test_small_values_are_fetched_many_at_a_time_and_large_ones_one_after_the_other() -> None:
    place = Place()
    held = [place.claim("3" if number < 3 else "1", number) for number in range(AT_ONCE + 4)]

    turns = []
    while sent := place.turn():
        turns.append(sent)
        place.line.answer()

    assert turns[0] == AT_ONCE
    assert turns[1] == 1 + 4, "the rest, beside the first of the large ones"
    assert set(turns[2:]) == {1}
    assert [one.stage for one in held] == [Stage.WAITING] * len(held)


def test_what_is_given_back_while_it_is_fetched_is_not_waited_for() -> None:
    place = Place()
    held = place.claim("2")
    place.turn()

    place.claims.end(held)
    place.line.answer()

    assert not place.claims.waiting
    assert place.turn() == 0


def test_a_lost_answer_is_asked_for_from_the_beginning() -> None:
    place = Place()
    held = place.claim("2")
    place.turn()
    place.line.answer(b"1")
    place.turn()
    place.line.lose()

    for part in (b"1", b"2"):
        assert place.turn() == 1
        place.line.answer(part)

    assert decode(held.received) == Items((Value(ValueKind.BYTES, b"1"), Value(ValueKind.BYTES, b"2")))


def test_nothing_is_asked_while_there_is_no_connection() -> None:
    place = Place()
    place.claim("1")
    place.line.up = False

    assert place.turn() == 0
    assert place.receiving.next_due() == float("inf")


def test_a_refusal_of_redis_is_asked_again_after_a_pause() -> None:
    place = Place()
    held = place.claim("1")
    place.turn()
    place.line.answer(RedisBusy(url="u"))

    assert place.turn() == 0
    place.now += PAUSE
    assert place.turn() == 1
    place.line.answer()
    assert held.stage is Stage.WAITING


def test_what_is_gone_or_too_large_ends_the_step() -> None:
    place = Place()
    place.claim(GONE, 1)
    place.claim(LARGE, 2)
    place.turn()
    place.line.answer()

    reasons = [(held.claim.id, ended.reason, ended.error and ended.error.message) for held, ended in place.refused]
    assert reasons == [
        ("w.1", Reason.NOT_STARTED, "what it is to receive is gone: w.1 does not exist any more"),
        ("w.2", Reason.RESULT_REJECTED, "what it is to receive is 1073741824 bytes, more than 64 MB together"),
    ]
    assert place.turn() == 0


def test_no_more_is_fetched_than_fits_in_memory() -> None:
    place = Place()
    first, second = place.claim("1", 1), place.claim("1", 2)
    place.claims.arrive(first, b"x" * (ROOM + 1), 0.0)

    assert place.turn() == 0
    place.claims.went(1, 0)
    place.claims.begin(first.key)
    place.now += PAUSE
    assert place.turn() == 1
    place.line.answer()

    assert first.received == b""
    assert second.stage is Stage.WAITING


def test_a_large_value_is_fetched_to_its_end_before_the_next_one_goes_on() -> None:
    place = Place()
    for number in range(6):
        place.claim("8", number, workflow=f"w{number}")
    half_read, most = dict.fromkeys(range(6), 0), 0

    while place.turn():
        for command in place.line.sent[-1]:
            half_read[_number_of(command)] += 1
        place.line.answer()
        half_read = {number: parts for number, parts in half_read.items() if parts < 8}
        most = max(most, sum(1 for parts in half_read.values() if parts > 1))

    assert half_read == {}
    assert most == 1


def test_what_has_come_of_large_values_counts_as_what_is_in_hand() -> None:
    place = Place()
    part = b"x" * (ROOM // AT_ONCE + 1)
    for number in range(3 * AT_ONCE):
        place.claim("3", number)

    assert place.turn() == AT_ONCE
    place.line.answer(part)
    assert place.turn() == 1, "no other one is begun; the first one goes on, for only its end makes room"
    place.line.answer(part)
    assert place.turn() == 1


def _number_of(command: Command[Any]) -> int:
    return int(str(command.words[0]).removeprefix("w"))


def an_intake(place: Place, outbox: Outbox) -> Intake:
    crew = SimpleNamespace(recall=lambda: None, stop=lambda *_: None, free=1)
    station = SimpleNamespace(claims=place.claims, line=place.line)
    return Intake(cast(Station, station), cast(Crew, crew), outbox, Backlog(1, Durations()))


def test_a_cancel_gives_back_a_step_that_is_being_fetched() -> None:
    place, outbox = Place(), Outbox()
    held = place.claim("2")
    place.turn()

    an_intake(place, outbox).stop(held, Stop.terminate(15, 10.0, Why.CANCELLED))
    place.line.answer()

    assert len(outbox) == 1
    assert (held.stage, place.claims.unsettled) == (Stage.OVER, 0)


def test_a_drain_gives_back_what_is_being_fetched_with_all_that_waits() -> None:
    place, outbox = Place(), Outbox()
    place.claim("2", 1)
    place.claim("", 2)
    place.turn()

    an_intake(place, outbox).give_all_back()

    assert len(outbox) == 2
    assert place.claims.unsettled == 0


def test_a_step_that_was_lost_while_it_is_fetched_is_dropped_without_a_word() -> None:
    place, outbox = Place(), Outbox()
    held = place.claim("2")
    place.turn()
    held.lost = True

    an_intake(place, outbox).stop(held, Stop.kill(Why.RELEASED))
    place.line.answer()

    assert len(outbox) == 0
    assert held.key not in place.claims
