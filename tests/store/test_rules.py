"""Rules of many workers: the lowest of what live ones declare holds, and what others declare as well costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
import redis

from qctl.store import Store
from tests.support.store_seed import SeedWorker, everything, lose

MANY = {f"task:t{number}": {"running": 1 + number % 7} for number in range(500)}

Rules = Mapping[str, Mapping[str, Any]]


def declare(store: Store, worker: str, rules: Rules) -> None:
    store.do(store.verbs.register(worker, {"label": worker}, rules))


def rules_of(store: Store) -> dict[str, Any]:
    return {name: said for name, said in everything(store).items() if name.startswith("rules ")}


def writes(server: redis.Redis) -> int:
    """How many fields were written by now."""
    calls: int = server.info("commandstats").get("cmdstat_hset", {"calls": 0})["calls"]
    return calls


def leave(store: Store, worker: str) -> None:
    assert store.do(store.verbs.unregister(worker)) == 0


def die(store: Store, worker: str) -> None:
    lose(store, SeedWorker(store, worker))


@pytest.mark.parametrize("go", [leave, die])
def test_who_declares_what_others_do_comes_and_goes_at_no_cost(
    store: Store, redis_client: redis.Redis, go: Any
) -> None:
    declare(store, "w1", MANY)
    there, before = rules_of(store), writes(redis_client)

    declare(store, "w2", MANY)
    declare(store, "w3", {})
    go(store, "w1")
    go(store, "w3")

    assert writes(redis_client) - before < 20
    assert rules_of(store) == there


def test_who_comes_with_other_rules_has_those_alone_read(store: Store, redis_client: redis.Redis) -> None:
    declare(store, "w1", MANY)
    before = writes(redis_client)

    declare(store, "w2", {"task:t0": {"running": 3}, "task:new": {"running": 2}, "task:t6": {"running": 3}})

    assert writes(redis_client) - before < 20
    found = rules_of(store)
    assert [found[f"rules task:{name}"] for name in ("t0", "new", "t6")] == [
        '{"running":1}',
        '{"running":2}',
        '{"running":3}',
    ]


@pytest.mark.parametrize("go", [leave, die])
def test_of_workers_that_declare_other_rules_one_goes_or_changes_and_their_rules_are_not_written_again(
    store: Store, redis_client: redis.Redis, go: Any
) -> None:
    """Each host has tasks of its own: to write all rules of twenty anew held the server up for 400 ms."""
    own: dict[str, dict[str, Any]] = {
        worker: {f"task:{worker}{number}": {"running": 1} for number in range(500)} for worker in ("w1", "w2", "w3")
    }
    for worker, rules in own.items():
        declare(store, worker, {**rules, "task:shared": {"running": int(worker[1])}})
    before = writes(redis_client)

    go(store, "w1")
    declare(store, "w2", {**own["w2"], "task:w20": {"running": 9}, "task:shared": {"running": 4}})

    assert writes(redis_client) - before < 20
    changed: Rules = {"task:w20": {"running": 9}, "task:shared": {"running": 3}}
    assert rules_of(store) == {
        f"rules {scope}": json.dumps(rule, separators=(",", ":"))
        for scope, rule in ({**own["w2"], **own["w3"], **changed}).items()
    }


def test_rules_that_somebody_has_deleted_are_there_again_when_a_worker_comes(
    store: Store, redis_client: redis.Redis
) -> None:
    declare(store, "w1", MANY)
    there = rules_of(store)
    redis_client.delete(f"{store.keys.prefix}rules")
    declare(store, "w2", MANY)
    assert rules_of(store) == there


@pytest.mark.parametrize("seed", range(8))
def test_whoever_comes_changes_or_goes_the_rules_are_those_of_who_lives(
    store: Store, redis_client: redis.Redis, seed: int
) -> None:
    dice, living = Random(seed), dict[str, Rules]()
    sets: list[Rules] = [{}, *(_some_rules(dice) for _ in range(4))]
    for _ in range(25):
        worker = f"w{dice.randrange(4)}"
        if worker in living and dice.random() < 0.4:
            dice.choice([leave, die])(store, worker)
            del living[worker]
        else:
            living[worker] = dice.choice(sets)
            declare(store, worker, living[worker])
        if any(living.values()):
            assert _lowest(rules_of(store)) == _expected(living)


def _some_rules(dice: Random) -> Rules:
    tasks = [f"task:t{number}" for number in range(4) if dice.random() < 0.6]
    return {
        task: {
            "running": dice.randrange(1, 9),
            "locks": dice.sample(["a", "b", "c"], dice.randrange(3)),
            "tell": {"ops": {"on": ["failed"]}},
        }
        for task in tasks
    }


def _lowest(rules: Mapping[str, bytes | str]) -> dict[str, tuple[int, list[str]]]:
    read = {name.partition(" ")[2]: json.loads(text) for name, text in rules.items()}
    return {scope: (rule["running"], sorted(rule.get("locks") or ())) for scope, rule in read.items()}


def _expected(living: Mapping[str, Rules]) -> dict[str, tuple[int, list[str]]]:
    found: dict[str, tuple[int, list[str]]] = {}
    for rules in living.values():
        for scope, rule in rules.items():
            running, locks = found.get(scope, (99, []))
            found[scope] = (min(running, rule["running"]), sorted({*locks, *rule["locks"]}))
    return found
