"""The real `qctl events`: what has happened, what happens now, and what becomes of it when Redis goes away."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Home, PrivateRedis, eventually
from tests.support.terminal import Terminal, plain


@pytest.fixture
def site(shared_home: Home) -> Home:
    """A home in which two jobs were submitted and one was cancelled."""
    shared_home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    for _ in range(2):
        shared_home.run("run", "hello", "-q")
    shared_home.run("cancel", "@last")
    return shared_home


@pytest.fixture
def lasting() -> Iterator[PrivateRedis]:
    """A server of the test's own that keeps what it has across a kill."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
    yield server
    server.remove()


def told(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_happened_is_told_oldest_first_an_object_a_line(site: Home) -> None:
    found = told(site.run("events", "-o", "jsonl").stdout)
    assert [event["type"] for event in found] == ["submit", "submit", "cancel"]
    newest = site.run("history", "-q").stdout.split()
    assert found[2] == {**found[2], "schema": "qctl.event/1", "jobs": newest}
    assert found[2].keys() == {"schema", "id", "at", "type", "jobs"}
    assert found[1]["jobs"] == newest
    assert [event["at"] for event in found] == sorted(event["at"] for event in found)


def test_every_format_holds_the_same_events(site: Home) -> None:
    items = json.loads(site.run("events", "-o", "json").stdout)["items"]
    assert items == told(site.run("events", "-o", "jsonl").stdout)
    header, *rows = site.run("events", "-o", "tsv").stdout.splitlines()
    assert header == "at\ttype\tjobs\tid"
    assert [row.split("\t")[3] for row in rows] == [item["id"] for item in items]
    assert site.run("events", "-o", "name").stdout.split() == [item["id"] for item in items]
    lines = site.run("events").stdout.splitlines()
    assert [line.split()[1:] for line in lines] == [[item["type"], *item["jobs"]] for item in items]


def test_events_are_chosen_by_type_and_time(site: Home) -> None:
    assert [event["type"] for event in told(site.run("events", "--type", "cancel", "-o", "jsonl").stdout)] == ["cancel"]
    both = site.run("events", "--type", "cancel", "--type", "submit", "--since", "1h", "-o", "jsonl", "-q")
    assert (len(told(both.stdout)), both.stderr) == (3, "")
    assert site.run("events", "--since", "now", "-q").stdout == ""
    slip = site.run("events", "--type", "cancle")
    assert (slip.code, slip.stdout) == (2, "")
    assert "did you mean `cancel`?" in slip.stderr


def test_following_goes_on_until_it_is_interrupted(site: Home) -> None:
    following = site.start("events", "-f", "--type", "submit", "-o", "jsonl")
    job = ""

    def submitted() -> bool:
        """What is submitted before it listens is not told: submit until one is."""
        nonlocal job
        job = site.run("run", "hello", "-q").stdout.strip()
        return job in following.stdout

    eventually(submitted, within=15.0)
    cancelled = site.run("cancel", job)
    last = site.run("run", "hello", "-q").stdout.strip()
    following.wait_for(last)
    assert cancelled.code == 0
    assert {event["type"] for event in told(following.stdout)} == {"submit"}
    assert following.stop(signal.SIGINT).code == 130


def test_following_from_an_instant_leaves_no_gap(site: Home) -> None:
    following = site.start("events", "-f", "--since", "1h", "-o", "tsv")
    following.wait_for("cancel")
    new = site.run("run", "hello", "-q").stdout.strip()
    following.wait_for(new)
    header, *rows = following.stop(signal.SIGINT).stdout.splitlines()
    assert header == "at\ttype\tjobs\tid", "once"
    assert [row.split("\t")[1] for row in rows] == ["submit", "submit", "cancel", "submit"]


def test_following_survives_a_restart_of_redis_and_tells_nothing_twice(lasting: PrivateRedis) -> None:
    home = Home(lasting.url)
    home.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    first = home.run("run", "hello", "-q").stdout.strip()
    following = home.start("events", "-f", "--since", "1h", "-o", "jsonl")
    following.wait_for(first)
    lasting.kill()
    following.wait_for("waiting for it")
    lasting.start()
    following.wait_for("Redis is back")
    second = home.run("run", "hello", "-q").stdout.strip()
    following.wait_for(second)
    ended = following.stop(signal.SIGINT)
    assert ended.code == 130
    assert ended.stderr.count("waiting for it") == ended.stderr.count("Redis is back") == 1
    assert [event["jobs"] for event in told(ended.stdout)] == [[first], [second]]
    assert home.remove() == []


def test_only_the_newest_are_told_of_those_that_are_chosen(site: Home) -> None:
    whole = told(site.run("events", "-o", "jsonl").stdout)
    for number in (1, 2, 3, 4):
        assert told(site.run("events", "-n", str(number), "-o", "jsonl").stdout) == whole[-number:]
    submits = [event for event in whole if event["type"] == "submit"]
    assert told(site.run("events", "--limit", "1", "--type", "submit", "-o", "jsonl").stdout) == submits[1:]
    assert site.run("events", "-n", "2", "--since", "now", "-q").stdout == ""
    assert "-n: a whole number from 1 up, not `0`" in site.run("events", "-n", "0").stderr


def test_following_goes_on_after_the_newest_ones(site: Home) -> None:
    newest = told(site.run("events", "-n", "1", "--type", "submit", "-o", "jsonl").stdout)
    following = site.start("events", "-f", "-n", "1", "--type", "submit", "-o", "jsonl")
    following.wait_for(newest[0]["id"])
    new = site.run("run", "hello", "-q").stdout.strip()
    following.wait_for(new)
    found = told(following.stop(signal.SIGINT).stdout)
    assert [event["jobs"] for event in found] == [newest[0]["jobs"], [new]]


def test_a_stream_that_does_not_end_is_no_document(site: Home) -> None:
    answer = site.run("events", "-f", "-o", "json")
    assert answer.code == 2
    assert "qctl events -f -o jsonl" in answer.stderr


def test_each_event_is_one_line_of_the_terminal(site: Home) -> None:
    site.write("tasks.toml", '[tasks.hello]\nrun = "echo hello"\n')
    ids = [site.run("run", "hello", "-q").stdout.strip() for _ in range(9)]
    site.run("cancel", *ids)
    terminal = Terminal(site, "events")
    assert terminal.end() == 0
    lines = plain(terminal.screen)
    assert max(map(len, lines)) <= 80
    assert "cancel    9 jobs  " in lines[-2]
