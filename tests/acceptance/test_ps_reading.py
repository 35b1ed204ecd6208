"""What `qctl ps` reads: of a workflow with many members no more than it shows of it."""

from __future__ import annotations

import json

import pytest
import redis

from tests.support import Home

TASKS = """[tasks.member]
run = "true"
params.h = {}
[tasks.one]
run = "true"
"""
MEMBERS = 300


def read_by(site: Home, server: redis.Redis, *words: str) -> tuple[int, int]:
    """How many bytes a command reads, and in how many calls."""

    def figures() -> tuple[int, int]:
        said = server.info("stats")
        return said["total_net_output_bytes"], said["total_commands_processed"]

    before = figures()
    own = figures()
    assert site.run(*words).code == 0
    after = figures()
    return after[0] - own[0] - (own[0] - before[0]), after[1] - own[1] - (own[1] - before[1])


@pytest.fixture
def large(site: Home) -> str:
    """A workflow of many members, which nobody works on."""
    site.write("hosts", "".join(f"h{number}\n" for number in range(MEMBERS)))
    answer = site.run("group", "member h={}", "--each", "hosts")
    assert answer.code == 0, answer
    return answer.stdout.strip()


@pytest.mark.parametrize("form", ["json", "jsonl", "tsv", "name", "table"])
def test_a_large_workflow_costs_about_what_a_job_costs(
    site: Home, large: str, redis_client: redis.Redis, form: str
) -> None:
    size, calls = read_by(site, redis_client, "ps", "-o", form)
    site.run("cancel", large)
    site.run("run", "one")
    size_of_job, calls_of_job = read_by(site, redis_client, "ps", "-o", form)
    assert calls <= 1.5 * calls_of_job
    # The names of its members are read to tell them from jobs of their own; their plans, of 150 bytes each, are not.
    assert size <= 1.5 * size_of_job + 40 * MEMBERS


def test_its_parts_are_told_to_programs_that_ask_for_the_tree(site: Home, large: str) -> None:
    def workflow_of(*words: str) -> object:
        (item,) = json.loads(site.run("ps", *words, "-o", "json").stdout)["items"]
        assert item["id"] == large
        return item["workflow"] and len(item["workflow"]["nodes"])

    assert workflow_of("-t") == MEMBERS + 1
    assert workflow_of() is None


def test_a_workflow_that_no_screen_would_hold_stands_in_one_row_of_the_tree(
    site: Home, large: str, redis_client: redis.Redis
) -> None:
    """Of ten thousand members none is read: what a list costs depends on the list."""
    small = site.run("run", "one | one").stdout.strip()
    padding = [f"none {number}" for number in range(2000)]
    nodes = next(key for key in redis_client.keys(f"*:nodes:{large}"))
    redis_client.hset(nodes, items=[word for name in padding for word in (name, "")])
    answer = site.run("ps", "-t")
    redis_client.hdel(nodes, *padding)
    rows = [line.split()[0] for line in answer.stdout.splitlines() if line.startswith((large, small))]
    assert sorted(rows) == sorted([large, small])
    assert f"0/{MEMBERS}" in answer.stdout
    assert "one" in answer.stdout
    assert ".2 member" not in answer.stdout
    assert answer.stderr == f"of more than 2,000 parts, and told in one row: qctl show {large}\n"
