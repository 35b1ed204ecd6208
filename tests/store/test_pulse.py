"""pulse and leave: who beats, and whether schedules have changed since."""

from __future__ import annotations

from qctl.store import Command, ScheduleReading, Store
from qctl.store.schedule_values import BEAT_LIVE_MS, Published
from tests.support.schedule_seed import SeedBeat, a_publication
from tests.support.store_seed import HOUR_MS, changed, everything


def seen_at(store: Store, beat: str, at_ms: int) -> None:
    store.do(Command(("ZADD", store.keys.beats, at_ms, beat), int))


def test_a_beat_learns_of_the_others_and_nothing_else_is_touched(store: Store) -> None:
    one, two = SeedBeat(store, "b1"), SeedBeat(store, "b2")
    assert one.pulse(host="db1", label="x").others == ()
    before = everything(store)

    said = two.pulse(host="db2")

    assert changed(before, everything(store)) == {"beat:b2 about": '{"host":"db2"}', "beats": ["b1", "b2"]}
    assert [(other.id, other.about) for other in said.others] == [("b1", {"host": "db1", "label": "x"})]
    assert said.now_ms - said.others[0].seen_ms < BEAT_LIVE_MS
    assert [beat.id for beat in ScheduleReading(store).beats()] == ["b1", "b2"]


def test_what_a_beat_says_of_itself_is_forgotten_when_it_is_silent_for_long(store: Store, beat: SeedBeat) -> None:
    left_ms: int = store.do(Command(("PTTL", store.keys.beat("b1")), int))
    assert BEAT_LIVE_MS < left_ms <= 30_000


def test_a_silent_beat_is_dead_to_others_and_then_gone_and_they_are_told_to_look_again(
    store: Store, beat: SeedBeat, other_beat: SeedBeat
) -> None:
    now = beat.pulse().now_ms
    seen_at(store, "b2", now - BEAT_LIVE_MS - 1)
    said = beat.pulse()
    assert (said.others, said.version) == ((), 0)
    seen_at(store, "b2", now - 31_000)
    assert beat.pulse().version == 1
    assert everything(store)["beats"] == ["b1"]
    assert other_beat.pulse().others[0].id == "b1", "a beat that comes back is there again"


def test_a_beat_whose_pulse_lies_in_the_future_had_another_clock_and_is_gone(store: Store, beat: SeedBeat) -> None:
    """C4: the server's clock was set back; whoever lives gives a pulse by the new one within seconds."""
    seen_at(store, "b2", beat.pulse().now_ms + HOUR_MS)
    said = beat.pulse()
    assert (said.others, said.version) == ((), 1)
    assert everything(store)["beats"] == ["b1"]


def test_a_beat_that_leaves_is_gone_at_once(store: Store, beat: SeedBeat, other_beat: SeedBeat) -> None:
    assert store.do(store.verbs.leave("b2")) is True
    after = everything(store)
    assert (after["beats"], after["schedules_version"]) == (["b1"], b"1")
    assert "beat:b2 about" not in after
    assert store.do(store.verbs.leave("b2")) is False
    assert beat.pulse().version == 1


def test_the_version_grows_when_schedules_change_and_only_then(store: Store, beat: SeedBeat) -> None:
    versions = [beat.pulse().version]

    def then() -> int:
        versions.append(beat.pulse().version)
        return versions[-1] - versions[-2]

    assert beat.publish(a_publication())[0][0] is Published.NEW
    assert then() == 1
    assert beat.publish(a_publication())[0][0] is Published.SAME
    assert then() == 0
    store.do(store.verbs.disable(["nightly"], {}))
    assert then() == 1
    store.do(store.verbs.enable(["nightly"]))
    assert then() == 1
    store.do(store.verbs.enable(["nightly"]))
    assert then() == 0
    store.do(store.verbs.withdraw("b1", ["nightly"]))
    assert then() == 1
    store.do(store.verbs.withdraw("b1", ["nightly"]))
    assert then() == 0
    assert ScheduleReading(store).version() == versions[-1]
