"""Chains, groups and chords by a real worker: values, errors and callbacks as Celery's users expect, by number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from qctl import AsyncResult, GroupResult, chain, chord, group, signature
from qctl.errors import WaitTimeout
from qctl.store import Keys
from qctl.store.workflow_health import running_workflows
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import add, identity, marked, nothing, pair, third_time, told, tsum
from tests.support import PrivateRedis, eventually

SOON = 15.0  #: seconds that anything here may take


def value(composed: Any, *args: Any, **kwargs: Any) -> Any:
    return composed.delay(*args, **kwargs).get(SOON)


@pytest.mark.parametrize(
    ("case", "composed", "expected"),
    [
        ("C01", add.s(4, 4) | add.s(8) | add.s(16), 32),
        ("C02", chain(add.s(4, 4)), 8),
        ("C03", chain(chain(identity.s(42))), 42),
        ("C04", chain(add.s(1, 1) | add.s(2), chain(add.s(3)), group(add.s(i) for i in range(4))), [7, 8, 9, 10]),
        ("C06", add.s(1, 1) | add.si(5, 5), 10),
        ("C07", nothing.s() | identity.s(), None),
        ("C08", pair.s() | identity.s(), [1, 2]),
        ("C22", add.s(1, 1).set(priority=3) | add.s(1).set(priority=5), 3),
        ("C24", tasks.unkept.s(5) | add.s(1), 6),
        ("C26", third_time.s() | add.s(1), 4),
        ("C28", group(add.s(2, 2), add.s(4, 4)), [4, 8]),
        ("C30", group([]), []),
        ("C31", group(group(add.s(1, 10)), group(add.s(1, 100), group(add.s(1, 1000), add.s(1, 2000)))), None),
        (
            "C32",
            group(identity.s(1), identity.s(2), chain(identity.s(3), group(identity.s(), add.s(1)))),
            [1, 2, [3, 4]],
        ),
        ("C34", identity.s(9) | group(add.si(1, 1), add.si(2, 2)), [2, 4]),
        ("C35", group(*[add.s(1, 1)] * 3), [2, 2, 2]),
        ("C45 map", tsum.map([[1, 2], [3]]), [3, 3]),
        ("C45 starmap", add.starmap([(1, 2), (3, 4)]), [3, 7]),
        ("C45 chunks", add.chunks([(n, n) for n in range(5)], 2), [[0, 2], [4, 6], [8]]),
        ("C46", chord([add.s(1, 2), add.s(3, 4)], tsum.s()), 10),
        ("C47", chord([add.s(1, 2)], identity.si("untouched")), "untouched"),
        ("C48", chord([add.s(1, 2)], identity.s()), [3]),
        ("C49", chord([], tsum.s()), 0),
        ("C50", group(add.s(1, 1), add.s(2, 2)) | tsum.s(), 6),
        ("C51", group(identity.s(1), identity.s(2)) | group(identity.s(), identity.s()), [[1, 2], [1, 2]]),
        ("C52", identity.s(1) | group(add.s(1)) | identity.s(), [2]),
        ("C53", identity.s(1) | group([]) | identity.s(), []),
        ("C54", identity.s(1) | group(add.s(1), add.s(2)) | tsum.s() | group(add.s(1), add.s(1)) | tsum.s(), 12),
        ("C55", chord([add.s(1, 1)] * 2, tsum.s()) | group(add.s(1), add.s(2)) | chain(tsum.s(), add.s(1)), 12),
        ("C55 nine", chain(identity.s(1), *[group(add.s(1), add.s(1)), tsum.s()] * 9), 1534),
        ("C57", (group(identity.s(1), identity.s(2)) | group(tsum.s(), tsum.s())) | (tsum.s() | add.s(4)), 10),
        ("C59", group(chord([add.s(1, 1)], tsum.s()), chord([add.s(2, 2)], tsum.s())), [2, 4]),
        ("C61", chord([third_time.s(), identity.s(1)], tsum.s()), 4),
        ("C64", identity.s("again") | third_time.s(), 3),
        ("C65", chord([add.s(1, 1)] * 3, chain(tsum.s(), add.s(10))), 16),
        ("C68", chord([chain(add.s(1, 1), add.s(2)), identity.s(1)], tsum.s()), 5),
        ("C70", chord([chain(identity.s(42), group(identity.s(), identity.s()))], identity.s()), [[42, 42]]),
        ("C71", chord([group(identity.s(1), identity.s(2)), identity.s(3)], identity.s()), [1, 2, 3]),
        ("C77", chord([identity.s(1).set(ignore_result=True), tasks.unkept.s(2)], tsum.s()), 3),
    ],
    ids=lambda said: said if isinstance(said, str) and said.startswith("C") else "",
)
def test_a_composition_comes_to_its_value(site: Site, case: str, composed: Any, expected: Any) -> None:
    expected = [11, 101, 1001, 2001] if case == "C31" else expected
    assert value(composed) == expected


def test_a_chord_in_a_chord_in_a_chord_nests_its_values(site: Site) -> None:
    """C66."""
    innermost = chord([identity.s(3), identity.s(3)], identity.s())
    inner = chord([innermost, identity.s(4)], identity.s())
    middle = chord([inner, identity.s(5)], identity.s())
    assert value(chord([middle, identity.s(6)], identity.s())) == [[[[3, 3], 4], 5], 6]


def test_arguments_of_the_call_reach_what_comes_first(site: Site) -> None:
    """C09, C10, C33, C73, C74."""
    assert value(add.s(4) | add.s(8), 1) == 13
    assert value(add.s() | add.s(8), x=1, y=2) == 11
    assert value(group(add.s(1), add.s(2)), 10) == [11, 12]
    assert value(chord([add.s(), add.s()], tsum.s()), x=1, y=2) == 6
    assert value(chain(chord([add.s(1), chain(add.s(2), add.s(3))], tsum.s()), add.s(5)), 10) == 31


def test_the_handle_of_a_chain_walks_back_to_the_first_and_knows_its_workflow(site: Site) -> None:
    """C11, C12, C13."""
    last = (add.s(1, 1) | group(add.s(1), add.s(2)) | tsum.s()).delay()
    assert last.get(SOON) == 7
    assert isinstance(last.parent, GroupResult)
    assert last.parent.get(SOON) == [3, 4]
    assert isinstance(last.parent.parent, AsyncResult)
    assert (last.parent.parent.get(SOON), last.parent.parent.parent) == (2, None)
    member = last.parent.results[1]
    assert isinstance(member, AsyncResult)
    assert last.root_id == last.parent.parent.id == member.root_id
    assert last.workflow.get(SOON) == 7
    again = AsyncResult(last.id)
    assert isinstance(again.parent, GroupResult)
    assert again.parent == last.parent
    assert [handle.get(SOON) for handle in again.parent] == [3, 4]
    assert again.job.call.parent_id == last.parent.id


def test_an_explicit_id_is_the_workflows(site: Site) -> None:
    """C14."""
    last = (add.s(1, 1) | add.s(2)).apply_async(task_id="my-chain")
    assert last.id == "my-chain.2"
    assert AsyncResult("my-chain").get(SOON) == 4


def claimed_ms(server: PrivateRedis, site: Site, id_: str) -> int:
    """When the server gave a job to the worker."""
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        (at,) = [
            at
            for at, event in client.xrange(Keys(site.folder.name).events)
            if event["verb"] == "claim" and id_ in event["ids"].split()
        ]
    return int(at.partition("-")[0])


def test_only_the_first_of_a_chain_is_delayed_by_its_countdown(redis_server: PrivateRedis, site: Site) -> None:
    """C19, C25."""
    last = (marked.s("first") | marked.si("second")).on_error(told.s()).apply_async(countdown=0.3)
    assert last.get(SOON) == "second"
    assert site.record == ["first", "second"]
    # By the server's clock: when a job has begun is told by its worker, who knows that clock to some milliseconds.
    first, second = (claimed_ms(redis_server, site, handle.id) for handle in (last.parent, last))
    assert first - last.workflow.job.enqueued_ms >= 300
    assert second >= first


def test_the_queue_and_priority_of_the_call_are_every_steps_that_sets_none(site: Site) -> None:
    """C23."""
    last = (identity.s(1) | identity.s().set(queue="mine")).apply_async(queue="calls", priority=7)
    assert last.get(SOON) == 1
    assert [(step.queue, step.job.priority) for step in (last.parent, last)] == [("calls", 7), ("mine", 7)]


@pytest.mark.parametrize("place", ["first", "middle", "last", "group", "header", "body"])
def test_a_task_that_replaces_itself_keeps_its_place(site: Site, place: str) -> None:
    """C94: `becomes` is `(1 + 1) + 10` of the number that it gets."""
    becomes, one = tasks.becomes.s(), identity.s(1)
    composed = {
        "first": tasks.becomes.s(1) | add.s(1),
        "middle": one | becomes | add.s(1),
        "last": one | add.s(0) | becomes,
        "group": group(tasks.becomes.s(1), one),
        "header": chord([tasks.becomes.s(1), one], tsum.s()),
        "body": chord([one], tsum.s()) | becomes,
    }[place]
    expected = {"first": 13, "middle": 13, "last": 12, "group": [12, 1], "header": 13, "body": 12}[place]
    assert value(composed) == expected


def test_a_task_that_replaces_itself_by_a_group_leaves_a_list_in_its_place(site: Site) -> None:
    """C94."""
    assert value(group(tasks.becomes_group.s(1), identity.s(9))) == [[2, 3], 9]
    assert value(tasks.becomes_many.s(3)) == [0, 1, 2], "a generator is read for it"


def test_a_member_may_add_members_to_its_running_chord(site: Site) -> None:
    """C75, rule 9."""
    assert sorted(value(chord([tasks.invites.s(1), identity.s(2)], identity.s()))) == [1, 2, 101]


def test_a_generator_is_sent_in_batches_while_its_first_members_run(site: Site, tmp_path: Path) -> None:
    """C44, C60, C58, C29: the workflow is open until the generator ends."""
    gate = tmp_path / "gate"

    def members() -> Iterator[Any]:
        yield marked.s("first")
        for number in range(999):
            if number == 700:
                eventually(lambda: "first" in site.record, within=SOON)
                gate.touch()
            yield identity.si(number)

    body = chord(group(members()), identity.s()).delay()
    assert gate.exists()
    assert body.get(60) == ["first", *range(999)]
    assert len(body.parent) == 1000


def test_a_generator_that_dies_with_its_program_is_given_up_after_five_minutes(site: Site) -> None:
    """C44: as `--each -` is, and not after a day."""
    client = site.qctl.client
    left: list[int] = []

    def members() -> Iterator[Any]:
        for number in range(700):
            if number == 600:
                (limit,) = [one for one in running_workflows(client.store).feeding if one.attended]
                left.append(limit.until_ms - client.reading.now_ms())
            yield identity.si(number)

    assert value(group(members())) == [*range(700)]
    assert 200_000 < left[0] <= 300_000


def test_what_was_json_between_runs_as_before(site: Site) -> None:
    """C99."""
    composed = chord([group(add.s(1, 1), add.s(2, 2)), chain(add.s(3, 3), add.s(1))], tsum.s())
    assert value(signature(composed.to_dict())) == 13


def test_all_that_follows_is_collected_first_things_first(site: Site) -> None:
    first = AsyncResult((add.s(1, 1) | group(add.s(1), add.s(2)) | tsum.s()).delay().root_id)
    assert [found for _, found in first.collect(SOON)] == [2, [3, 4], 7]


def test_a_command_of_tasks_toml_is_a_step_by_its_name(site: Site) -> None:
    """A Python value reaches a command as its JSON and a newline."""
    assert value(identity.s("four") | signature("count")).strip() == "7"


def test_a_wait_for_a_group_has_its_limit(site: Site, tmp_path: Path) -> None:
    members = group(tasks.held.s(str(tmp_path / "gate")), identity.s(1)).delay()
    with pytest.raises(WaitTimeout):
        members.get(timeout=0.05)
    (tmp_path / "gate").touch()
    assert members.get(SOON) == ["held", 1]


def test_a_hundred_chords_that_were_waited_for_leave_no_subscription_behind(
    site: Site, redis_server: PrivateRedis
) -> None:
    """C78; that no key stays either is shown by the trees of tests/property and tests/storm."""
    with redis.Redis(unix_socket_path=str(redis_server.socket)) as look:
        value(identity.s(0) | identity.s())  # whoever listens for ever does by now
        before = look.pubsub_numsub(*look.pubsub_channels())
        bodies = [chord([identity.s(number), identity.s(1)], tsum.s()).delay() for number in range(100)]
        assert [body.get(60) for body in bodies] == [number + 1 for number in range(100)]
        eventually(lambda: look.pubsub_numsub(*look.pubsub_channels()) == before)
