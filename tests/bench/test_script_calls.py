"""No call of a script holds the server up, however many members a workflow has.

    python -m pytest tests/bench/test_script_calls.py -m bench -s

What workers and people do with a workflow is done here by one hand, so that every round makes the same calls in the
same order. Of each call the fastest round counts, since neighbours only ever make it longer; of each script the longest
call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from qctl.client.workflows import open_group
from qctl.config.options import Request
from qctl.model.call import PIPELINE
from qctl.model.workflow.tree import Chain, Group, Step
from tests.bench.lone_hand import Hand
from tests.bench.script_calls import Call, timed_store, undisturbed
from tests.support import PrivateRedis

pytestmark = pytest.mark.bench

SIZES = (2_000, 10_000, 20_000)
ROUNDS = 3  #: more on a machine with neighbours
LONGEST_MS = 10.0
NOOP, FAILS, LASTS = (Step(task=name, takes_input=False) for name in ("noop", "fails", "lasts"))
TOTAL = Step(task="total")
Phases = Mapping[str, list[Call]]


def chord(*members: Step) -> Chain:
    return Chain(elements=(Group(members=members), TOTAL))


def succeed(hand: Hand, size: int) -> None:
    hand.submit(chord(*[NOOP] * size))
    hand.work()


def read(hand: Hand, size: int) -> None:
    """`show`, `ps`, `stats`, and what the last step receives."""
    reading, workflow = hand.client.reading, last(hand)
    state = reading.workflow(workflow)
    assert state is not None
    reading.endings([job.id for job in state.jobs.values()])
    reading.jobs(reading.recent())
    reading.input(workflow, "v:g1")


def remove(hand: Hand, size: int) -> None:
    workflow = last(hand)
    assert hand.client.remove([workflow]) == ["OK"]
    hand.follow()
    assert not hand.say("EXISTS", hand.store.keys.nodes(workflow), hand.store.keys.job(f"{workflow}.{size}"))


def fail(hand: Hand, size: int) -> None:
    """Every second member fails."""
    hand.submit(chord(*[NOOP, FAILS] * (size // 2)))
    hand.work()


def retry(hand: Hand, size: int) -> None:
    assert hand.client.retry([last(hand)]) == ["OK"]
    hand.work()


def cancel(hand: Hand, size: int) -> None:
    """Some members have ended, and all others are queued."""
    workflow = hand.submit(chord(*[NOOP] * size))
    hand.work(most=1)
    hand.client.cancel([workflow])
    assert hand.client.reading.job(workflow).ended


def skip(hand: Hand, size: int) -> None:
    """The step before the members fails."""
    hand.submit(Chain(elements=(FAILS, Group(members=(NOOP,) * size), TOTAL)))
    hand.work()


def feed(hand: Hand, size: int) -> None:
    """Members are added by and by."""
    request = Request(task=PIPELINE, tree=Group(members=(), open=True), cwd="/")
    _, group = open_group(hand.client, request, strict=True)
    assert group is not None
    for _ in range(size // 500):
        group.add([NOOP] * 500)
        group.hold(60_000)
    group.seal()
    hand.work()


def forget(hand: Hand, size: int) -> None:
    """Retention: the workflow, then its jobs."""
    succeed(hand, size)
    hand.age(PIPELINE, "noop", "total")
    hand.forget(PIPELINE, "noop", "total")
    assert not hand.say("EXISTS", hand.store.keys.job(f"{last(hand)}.1"))


def pass_over(hand: Hand, size: int) -> None:
    """Retention while one member goes on: the others are kept."""
    hand.submit(chord(*[NOOP] * size, LASTS))
    hand.work()
    hand.age("noop")
    hand.forget("noop")
    assert hand.say("ZCARD", hand.store.keys.ended("noop")) >= size


def last(hand: Hand) -> str:
    """The workflow that was submitted last."""
    return max(id_ for id_ in hand.client.reading.recent(10) if "." not in id_)


ACTS = (succeed, read, remove, fail, retry, remove, cancel, skip, feed, forget, pass_over)


def measure(server: PrivateRedis, size: int) -> dict[str, list[Call]]:
    """All calls, by what was done."""
    store, calls = timed_store(server)
    hand, found = Hand(store), {}
    act: Callable[[Hand, int], None]
    for number, act in enumerate(ACTS):
        calls.clear()
        act(hand, size)
        found[f"{number} {act.__name__}"] = list(calls)
    store.close()
    return found


def fastest(rounds: list[dict[str, list[Call]]]) -> dict[tuple[str, str], Call]:
    """Of each call its fastest round; of these by phase and script the longest, and the most commands."""
    longest: dict[tuple[str, str], Call] = {}
    for phase in rounds[0]:
        for same in zip(*(one[phase] for one in rounds), strict=True):
            (script,) = {call.script for call in same}
            ms, commands = min(call.ms for call in same), max(call.commands for call in same)
            before = longest.get((phase, script), Call(script, 0.0, 0))
            longest[phase, script] = Call(script, max(ms, before.ms), max(commands, before.commands))
    return longest


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    options = ("--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0")
    server = PrivateRedis(None, *options).start()
    undisturbed(server.pid)
    yield server
    server.remove()


def test_no_script_call_holds_the_server_up_or_grows_with_the_members(server: PrivateRedis) -> None:
    found = {size: fastest([measure(server, size) for _ in range(ROUNDS)]) for size in SIZES}
    few, many, most = (found[size] for size in SIZES)
    print(f"\nlongest call in ms, and most commands in one, of workflows with {SIZES} members")
    for phase, script in few:
        rows = [found[size][phase, script] for size in SIZES]
        times, commands = "".join(f"{row.ms:8.2f}" for row in rows), "".join(f"{row.commands:7}" for row in rows)
        print(f"{phase:14}{script:10}{times}  {commands}")

    assert not {what: call for what, call in most.items() if call.commands > 1.1 * few[what].commands + 20}
    assert not {what: call for what, call in many.items() if call.ms > LONGEST_MS}
