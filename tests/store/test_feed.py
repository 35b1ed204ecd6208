"""The event feed: what scripts have announced, in order, from any place on."""

from __future__ import annotations

import threading

from qctl.model.event import TYPES, Event
from qctl.model.state import MOVES
from qctl.store import Store, open_store
from qctl.store.feed import BEGIN, Feed
from tests.support import eventually
from tests.support.store_seed import SeedWorker, submit


def said(events: list[Event]) -> list[str]:
    return [f"{event.type} {' '.join(event.jobs)}" for event in events]


def test_each_script_is_one_event_with_all_its_jobs(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    first, second = worker.claim(2)
    worker.complete(first)
    worker.bury(second)
    store.do(store.verbs.remove(["one", "two"]))
    found = Feed(store).read(BEGIN)
    assert said(found) == ["submit one two", "claim one two", "complete one", "bury two", "remove one two"]
    assert {event.type for event in found} <= set(TYPES)
    assert [event.at_ms for event in found] == sorted(event.at_ms for event in found)
    assert set(MOVES) < set(TYPES)


def test_a_long_feed_is_read_in_parts_from_place_to_place(store: Store) -> None:
    feed = Feed(store)
    assert (feed.end(), feed.read(BEGIN)) == (BEGIN, [])
    for number in range(700):
        submit(store, f"j{number}")
    first = feed.read(BEGIN)
    second = feed.read(first[-1].id)
    assert 0 < len(first) < 700
    assert said(first + second) == [f"submit j{number}" for number in range(700)]
    assert feed.read(second[-1].id) == []
    assert feed.end() == second[-1].id


def test_waiting_ends_with_the_next_event_or_after_its_time(store: Store, redis_url: str, namespace: str) -> None:
    feed = Feed(store)
    submit(store, "old")
    assert feed.wait(feed.end(), 0.05) == []
    place = feed.end()
    other = open_store(redis_url, namespace)
    later = threading.Timer(0.1, submit, (other, "new"))
    later.start()
    try:
        assert eventually(lambda: said(feed.wait(place, 1.0)), within=60.0) == ["submit new"]
    finally:
        later.join()
        other.close()
    assert said(feed.wait(BEGIN, 1.0)) == ["submit old", "submit new"], "at once, if there are any"


def test_waiting_is_shorter_than_what_redis_may_take(redis_url: str, namespace: str) -> None:
    """Else an idle feed would look like a Redis that does not answer."""
    hasty = open_store(redis_url, namespace, timeout=3.0)  # a second and a half is a slow machine's
    try:
        assert Feed(hasty).wait(BEGIN, 60.0) == []
    finally:
        hasty.close()
