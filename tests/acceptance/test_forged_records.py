"""Whoever may write to Redis may write nonsense: what can be read is shown, what cannot passed over, work goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from qctl.store import Keys
from tests.support import Home, eventually

TASKS = """
[tasks.hello]
run = 'echo hello'
schedule = "0 3 * * *"
[tasks.fails]
run = 'echo oh >&2; exit 3'
[tasks.sleeper]
run = 'sleep 100'
[workflows.flow]
pipeline = "hello | hello"
"""
#: What workers, beats, pauses and schedules say of themselves, and how their jobs do.
NAMES = (
    *("label", "host", "pid", "start", "boot", "pid_namespace", "queues", "weights", "only"),
    *("slots", "autoscale", "version", "phase", "catalog", "of_file", "file", "problem", "broken"),
    *("stale_since_ms", "skew_ms", "standing_down", "by", "reason", "at", "until", "task", "hash", "params", "n"),
)


def each_is(value: Any) -> bytes:
    """A record in which all is of one kind."""
    return json.dumps(dict.fromkeys(NAMES, value)).encode()


NONSENSE = {
    "a terminal's orders, no UTF-8": b"\x1b]0;owned\x07\x1b[2J{[(\xff",
    "JSON without an end": b"[" * 60_000,
    "numbers beyond all": b'{"label":1e999,"slots":' + b"9" * 5000 + b"}",
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "lists for all": each_is([[["x"]]]),
    "numbers for all": each_is(7),
    "orders for all": each_is("\x1b[2J\u202ex"),
}
LISTINGS = (
    *("ps -a", "ps -a -t", "status", "history", "queue list", "queue show default", "worker list", "schedule list"),
    *("schedule missed", "events", "errors", "stats", "doctor", "top --once", "worker show w", "notify list"),
    *("show @last", "logs @last"),
)


def write_over(server: Any, key: bytes | str, nonsense: bytes) -> None:
    """Put it wherever in a key something may be put."""
    match server.type(key):
        case b"string":
            server.set(key, nonsense, keepttl=True)
        case b"hash":
            server.hset(key, mapping=dict.fromkeys(server.hkeys(key), nonsense))
        case b"zset":
            server.zadd(key, {nonsense[:200]: 1})
        case b"set":
            server.sadd(key, nonsense[:200])
        case b"list":
            server.rpush(key, nonsense[:200])
        case b"stream":
            server.xadd(key, {b"verb": nonsense[:200], b"ids": nonsense[:200]})


@pytest.fixture
def busy(shared_home: Home, namespace: str, redis_client: redis.Redis) -> Iterator[Home]:
    """A namespace in which much has happened, and a worker has died."""
    home = shared_home
    home.write("tasks.toml", TASKS)
    worker = home.start("worker", "-c", "1", "--name", "w", "-B")
    eventually(lambda: "idle" in home.run("worker", "list").stdout, within=20.0)
    home.run("wait", home.run("run", "flow").stdout.strip())
    home.run("run", "fails", "--wait")
    home.run("queue", "pause", "other")
    for words in (["sleeper"], ["hello", "--in", "1h"], ["hello", "--queue", "other"]):
        assert home.run("run", *words).code == 0
    eventually(lambda: redis_client.zcard(Keys(namespace).beats) == 1)
    worker.kill()
    yield home
    redis_client.flushdb()


def test_what_is_there_is_shown_whatever_somebody_wrote_over_it(
    busy: Home, redis_client: redis.Redis, namespace: str
) -> None:
    """Attacks 30 and 31, fault 80: no listing has a bug, breaks off, or drives the terminal."""
    kept = {key: redis_client.dump(key) for key in redis_client.keys(f"{{{namespace}}}:*")}
    for number, (what, nonsense) in enumerate(NONSENSE.items()):
        for key, dump in kept.items():
            if dump is not None:
                redis_client.restore(key, 600_000, dump, replace=True)
                write_over(redis_client, key, nonsense)
        for listing in LISTINGS[number % 2 :: 2]:
            answer = busy.run(*listing.split())
            assert answer.code in (0, 1, 4), (what, listing, answer)
            assert "Traceback" not in answer.stderr, (what, listing, answer)
            assert not set(answer.stdout + answer.stderr) & set("\x1b\x07\x9b\u202e"), (what, listing, answer)


@pytest.mark.parametrize("nonsense", [NONSENSE["a terminal's orders, no UTF-8"], NONSENSE["numbers for all"], b"[1]"])
def test_a_worker_goes_on_whatever_somebody_wrote_over_what_it_reads(
    shared_home: Home, redis_client: redis.Redis, namespace: str, nonsense: bytes
) -> None:
    """Attack 30, fault 80: one record that nobody can read ends no connection, and no other's work."""
    home, keys = shared_home, Keys(namespace)
    home.write("tasks.toml", TASKS)
    worker = home.start("worker", "-c", "1", "--name", "w", "-B")
    eventually(lambda: "idle" in home.run("worker", "list").stdout, within=20.0)
    own = home.run("worker", "list", "-o", "json").stdout
    (worker_id,) = (item["id"] for item in json.loads(own)["items"])
    redis_client.hset(keys.running(worker_id), "abcd1234", nonsense)
    redis_client.hset(keys.orders(worker_id), "abcd1234", nonsense)
    eventually(lambda: redis_client.exists(keys.schedule("hello")))
    for key in (keys.schedule("hello"), keys.queues, keys.paused):
        write_over(redis_client, key, nonsense)
    redis_client.hset(keys.paused, "other", nonsense)

    for _ in range(3):
        assert home.run("run", "hello", "--wait", "--timeout", "20s").stdout == "hello\n"

    assert worker.poll() is None
    assert "broke before the answer" not in worker.stderr
    assert "\x1b" not in worker.stderr
    worker.stop()
    redis_client.flushdb()
