"""Groups and chords as Celery's users write them, and the plans that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qctl import chain, chord, group
from qctl.model.workflow.tree import Group, Policy
from qctl.python import compositions
from qctl.python.canvas import Header
from qctl.python.signatures import Signature
from tests.unit.python.composed import add, shape, steps, steps_of, tsum


def test_one_signature_used_three_times_makes_three_jobs() -> None:
    """C35."""
    one = add.s(1, 1)
    plan = shape(group(one, one, one))
    assert plan.members("g1") == ["1", "2", "3"]


def test_groups_directly_inside_groups_unroll_at_their_place() -> None:
    """C31, C71."""
    plan = shape(group(group(add.s(1, 1), add.s(2, 2)), add.s(3, 3), group(group(add.s(4, 4)))))
    assert plan.members("g1") == ["1", "2", "3", "4"]


def test_a_chain_that_ends_in_a_group_is_one_member_of_the_group_around_it() -> None:
    """C32, C70."""
    plan = shape(group(add.s(1, 0), add.s(2, 0), chain(add.s(1, 1), group(add.s(1), add.s(2)))))
    assert plan.members("g1") == ["1", "2", "g2"]
    assert plan.members("g2") == ["4", "5"]


def test_a_group_joined_to_a_task_is_a_chord() -> None:
    """C50, C48: also of a single member."""
    assert (group(add.s(1, 1)) | tsum.s()) == chord([add.s(1, 1)], tsum.s())


def test_a_group_joined_to_a_group_is_a_chord_whose_body_is_a_group() -> None:
    """C51."""
    joined = (group(add.s(1, 1), add.s(2, 2)) | group(tsum.s(), tsum.s())).tree()
    assert [len(one.members) for one in joined.elements if isinstance(one, Group)] == [2, 2]


def test_every_task_of_a_mixed_canvas_stands_once_in_its_plan() -> None:
    """C54, C55, C56, C57, C67, C69."""
    one_two = group(add.s(1, 1), add.s(2, 2))
    mixed = chain(
        add.s(0, 0), one_two, tsum.s(), chord(one_two, tsum.s()), group(add.s(1), chord(one_two, tsum.s())), tsum.s()
    )
    jobs = [node.name for node in shape(mixed).nodes.values() if node.group is None]
    assert jobs == [str(number + 1) for number in range(len(steps(mixed.tree())))]


def test_a_link_at_the_call_of_a_group_is_refused_and_names_the_chord() -> None:
    """C39."""
    with pytest.raises(TypeError, match="use a chord"):
        group(add.s(1, 1)).apply_async(link=tsum.s())


def test_a_link_of_a_group_is_of_the_whole() -> None:
    """C38, C40: once; an errback with `each` once per member."""
    members = group(add.s(1, 1), add.s(2, 2))
    members.link(tsum.s())
    assert members.on_error(add.si(0, 0)) is members
    tree = members.tree()
    assert ([one.task for one in steps_of(tree.link)], len(tree.link_error)) == (["tsum"], 1)
    each = group(add.s(1, 1), add.s(2, 2))
    each.link_error(add.si(0, 0), each=True)
    assert [len(step.link_error) for step in steps(each.tree())] == [1, 1]
    assert each.tree().link_error == ()


def test_links_of_an_inner_chain_survive_in_an_outer_one() -> None:
    """C93, C41."""
    inner = add.s(1, 1) | add.s(2)
    assert inner.link(tsum.s()) == tsum.s()
    plan = shape(chain(inner, add.s(3)))
    assert plan.nodes["2"].links == ("4",)


def test_the_same_callback_twice_is_one() -> None:
    linked = add.s(1, 1)
    linked.link(tsum.s())
    linked.link(tsum.s())
    assert len(linked.tree().link) == 1


def test_skew_lets_members_start_one_after_the_other() -> None:
    """C43."""
    skewed = group(add.s(i, i) for i in range(4)).skew(start=1, stop=3)
    assert [step.options["countdown"] for step in steps(skewed.tree())] == [1, 2, 3, 3]


def test_a_group_of_a_generator_is_read_once_and_only_as_far_as_it_is_asked() -> None:
    """C44, C60."""
    made: list[int] = []

    def members() -> Iterator[Signature]:
        for number in range(5):
            made.append(number)
            yield add.s(number, number)

    lazy = group(members())
    assert made == []
    assert lazy.read(2) == 2
    assert (made, lazy.is_open, repr(lazy)) == ([0, 1], True, "[add(0, 0), add(1, 1)]")
    assert lazy.read() == 3
    assert (made, lazy.is_open, len(lazy)) == ([0, 1, 2, 3, 4], False, 5)


def test_map_is_one_job_and_chunks_are_jobs_of_so_many_items() -> None:
    """C45."""
    assert (tsum.map([[1], [2]]).tree().spread, tsum.map([[1], [2]]).tree().items) == ("map", ([1], [2]))
    assert add.starmap(zip(range(2), range(2), strict=True)).tree().items == ([0, 0], [1, 1])
    chunked = add.chunks(((n, n) for n in range(7)), 3)
    assert len(chunked) == 3
    assert [len(step.items) for step in steps(chunked.group().tree())] == [3, 3, 1]


def test_a_group_may_say_when_it_is_done() -> None:
    tree = group([add.s(1, 1)], policy="any", fail_fast=True, max_parallel=2).tree()
    assert (tree.policy, tree.fail_fast, tree.max_parallel) == (Policy.ANY, True, 2)
    with pytest.raises(ValueError, match="some"):
        group([add.s(1, 1)], policy="some")


def test_a_chord_waits_for_its_body() -> None:
    waiting = chord([add.s(1, 1)])
    assert isinstance(waiting, Header)
    assert (waiting | tsum.s()) == chord([add.s(1, 1)], tsum.s())


def test_a_generator_that_went_into_a_submit_is_not_sent_a_second_time() -> None:
    lazy = group(add.s(number, number) for number in range(5))
    called = lazy.given((1,), {})
    assert len(called) == 5
    with pytest.raises(ValueError, match="make the group anew"):
        lazy.tree()


def test_a_generator_that_went_into_a_chord_does_not_make_an_empty_group_afterwards() -> None:
    lazy = group(add.s(number, number) for number in range(5))
    joined, copied = lazy | tsum.s(), lazy.clone()
    assert len(steps(joined.tree())) == len(steps(joined.tree())) == 6
    for emptied in (lazy, copied):
        with pytest.raises(ValueError, match="make the group anew"):
            emptied.tree()


def test_a_group_whose_generator_was_submitted_is_not_submitted_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(compositions, "submit", lambda tree, *_: sent.append(tree))
    lazy, none = group(add.s(number, number) for number in range(5)), group(iter(()))
    lazy.delay()
    with pytest.raises(ValueError, match="make the group anew"):
        lazy.delay()
    none.delay()
    none.delay()
    assert [len(tree.members) for tree in sent] == [5, 0, 0]


def test_a_group_that_has_read_its_generator_is_used_again_and_again() -> None:
    lazy = group(add.s(number, number) for number in range(5))
    assert len(lazy) == 5
    assert [len(steps(one.tree())) for one in (lazy | tsum.s(), lazy, lazy.clone())] == [6, 5, 5]
