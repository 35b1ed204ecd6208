"""Samples of the past: of all tasks and all of the time alike, and no more of them where there is more."""

from __future__ import annotations

from collections import Counter

import pytest
import redis

from qctl.store import Reading, Store


def end_at(store: Store, client: redis.Redis, task: str, count: int) -> None:
    """Enter so many jobs in a task's index, one each ms; nothing stands behind them."""
    client.zadd(store.keys.ended(task), {f"{task}-{number}": number for number in range(count)})
    client.sadd(store.keys.tasks, task)


@pytest.mark.damaged("an index is seeded without jobs")
def test_of_few_jobs_all_are_told(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    end_at(store, redis_client, "often", 60)
    end_at(store, redis_client, "seldom", 3)
    ids, total = read.sample(63)
    assert (len(set(ids)), total) == (63, 63)
    assert read.sample(100, since_ms=58)[1] == 2
    assert sorted(read.sample(100, since_ms=58)[0]) == ["often-58", "often-59"]


@pytest.mark.damaged("an index is seeded without jobs")
def test_of_many_a_part_of_each_task_is_told_and_of_the_whole_time(
    store: Store, read: Reading, redis_client: redis.Redis
) -> None:
    end_at(store, redis_client, "often", 9000)
    end_at(store, redis_client, "seldom", 3000)
    ids, total = read.sample(1200)
    assert total == 12_000
    assert 1150 <= len(ids) <= 1210
    assert len(set(ids)) == len(ids)
    parts = Counter(job.partition("-")[0] for job in ids)
    assert parts["often"] == pytest.approx(900, abs=20)
    by_tenth = Counter(int(job.partition("-")[2]) // 900 for job in ids if job.startswith("often"))
    assert min(by_tenth[tenth] for tenth in range(10)) >= 80


def test_where_nothing_has_ended_nothing_is_told(read: Reading) -> None:
    assert read.sample(10) == ([], 0)
