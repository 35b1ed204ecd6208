"""The newest events of some types, however many others stand among them."""

from __future__ import annotations

import redis

from qctl.client import Client
from qctl.store import Store


def test_the_place_before_the_newest_events_is_found_behind_more_than_one_reading(
    client: Client, store: Store, redis_client: redis.Redis
) -> None:
    with redis_client.pipeline(transaction=False) as pipeline:
        for number in range(1300):
            verb = "bury" if number % 600 == 50 else "claim"
            pipeline.xadd(store.keys.events, {"verb": verb, "ids": f"job{number}"}, f"{1000 + number}-0")
        pipeline.execute()
    happening, every = client.happening, ("claim", "bury")

    def after(most: int, types: tuple[str, ...], begin: str | None = None) -> list[str]:
        place = happening.before_newest(most, types, begin)
        return [event.jobs[0] for event in happening.past(place) if event.type in types]

    assert after(2, ("bury",)) == ["job650", "job1250"]
    assert after(3, ("bury",)) == after(4, ("bury",)) == ["job50", "job650", "job1250"]
    assert after(3, ("bury",), "1050-0") == ["job650", "job1250"]
    for most in (1, 499, 500, 501, 1300):
        assert after(most, every) == [f"job{number}" for number in range(1300 - most, 1300)]
    assert after(1, ("submit",)) == []
