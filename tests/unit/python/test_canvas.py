"""Signatures, chains, groups and chords as Celery's users write them, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

import pytest

from qctl import AsyncResult, GroupResult, chain, chord, group, signature
from qctl.errors import NotFound, UsageError
from qctl.model.workflow.tree import Group, Step
from qctl.python import compositions
from qctl.python.signatures import Signature
from tests.unit.python.composed import add, shape, steps, tsum


def test_a_signature_calls_its_task_here_and_now_with_its_arguments_after_those_of_the_call() -> None:
    assert add.s(2, 2)() == 4
    assert add.s(2)(5) == 7
    assert add.s(x=2)(y=3) == 5


def test_apply_holds_what_a_call_came_to_as_a_handle_would() -> None:
    went_well, failed = add.apply((2, 3)), tsum.s(3).apply()
    assert (went_well.state, went_well.get()) == ("SUCCESS", 5)
    assert (failed.state, failed.failed(), type(failed.result)) == ("FAILURE", True, TypeError)
    with pytest.raises(TypeError):
        failed.get()


def test_what_was_called_here_and_now_has_an_id_and_the_text_of_its_traceback() -> None:
    failed, fine = tsum.apply((3,)), add.apply((1, 2))
    assert (len(fine.id), fine.id == fine.task_id, fine.traceback) == (8, True, None)
    assert failed.traceback is not None
    assert failed.traceback.rstrip().endswith("TypeError: 'int' object is not iterable")


@pytest.mark.parametrize(("call", "option"), [("get", "callback"), ("revoke", "destination")])
def test_what_a_handle_cannot_do_is_refused_before_anything_is_asked(call: str, option: str) -> None:
    for handle in (AsyncResult("abc"), GroupResult("abc.g1")):
        with pytest.raises(TypeError, match=rf"{call}\(\) takes no {option}"):
            getattr(handle, call)(**{option: None})


def test_a_task_of_this_name_whose_code_is_not_imported_cannot_be_called_here() -> None:
    with pytest.raises(NotFound, match="no code imported here declares task backup-db"):
        signature("backup-db")()


def test_no_arguments_may_be_said_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Celery's `apply_async(args=None)`."""
    sent: list[Any] = []
    monkeypatch.setattr(compositions, "submit", lambda tree, *_: sent.append(tree))
    add.apply_async(None, {"x": 1, "y": 2})
    signature("add", None, {"x": 1, "y": 2}).apply_async()
    assert [(tree.args, dict(tree.params)) for tree in sent] == [((), {"x": 1, "y": 2})] * 2
    monkeypatch.undo()
    assert add.apply(None, {"x": 1, "y": 2}).get() == add.s(1).apply(None, {"y": 2}).get() == 3


def test_a_chain_is_flat_however_it_was_put_together() -> None:
    """C01, C03, C04."""
    assert (add.s(4, 4) | add.s(8) | add.s(16)) == chain(add.s(4, 4), chain(chain(add.s(8)), add.s(16)))
    assert chain(chain(add.s(1, 1))) == chain(add.s(1, 1))
    closing = chain(add.s(1, 1) | add.s(2), chain(add.s(3), group(add.s(i) for i in range(4))))
    assert [type(one) for one in closing.tree().elements] == [Step, Step, Step, Group]


def test_an_empty_chain_is_nothing_to_submit() -> None:
    """C05."""
    assert chain().apply_async() is None
    assert chain([])() is None


def test_an_immutable_signature_takes_neither_the_value_before_it_nor_arguments_of_the_call() -> None:
    """C06, C34, C47, C88."""
    assert [step.takes_input for step in steps((add.s(1, 2) | add.si(3, 4)).tree())] == [True, False]
    assert add.si(3, 4).given((9,), {"z": 1}) == add.si(3, 4)


def test_a_tuple_travels_as_a_list() -> None:
    """C08."""
    assert tsum.s((1, 2)).tree().args == ([1, 2],)


def test_arguments_of_the_call_go_to_the_first_task_of_a_chain_alone() -> None:
    """C09, C10."""
    called = (add.s(4) | add.s(8)).given((1,), {"z": 2}).tree()
    assert [(step.args, dict(step.params)) for step in steps(called)] == [((1, 4), {"z": 2}), ((8,), {})]


def test_arguments_of_the_call_go_to_every_member_of_a_group_and_header_and_not_to_the_body() -> None:
    """C33, C73."""
    called = chord([add.s(1), add.s(2)], tsum.s()).given((10,), {"z": 3}).tree()
    said = [(step.args, dict(step.params)) for step in steps(called)]
    assert said == [((10, 1), {"z": 3}), ((10, 2), {"z": 3}), ((), {})]


def test_arguments_reach_a_chord_and_a_chain_within_a_chain() -> None:
    """C74, which Celery loses."""
    called = chain(chord([add.s(1), chain(add.s(2), add.s(3))], tsum.s()), add.s(5)).given((10,), {}).tree()
    assert [step.args for step in steps(called)] == [(10, 1), (10, 2), (3,), (), (5,)]


def test_what_is_changed_after_a_signature_was_used_changes_nothing_there() -> None:
    one = add.s(1, 1)
    used = group(one, one)
    one.set(queue="high")
    assert [step.options for step in steps(used.tree())] == [{}, {}]


def test_what_is_changed_within_a_chain_changes_no_chain_that_was_made_of_it() -> None:
    base = add.s(1, 1) | group(add.s(2), add.s(3))
    before, copied = base | tsum.s(), base.clone()
    base.tasks[0].set(queue="high")
    after = base | tsum.s()
    base.tasks[0].set(queue="low")
    after.tasks[1].link(tsum.s())
    assert [steps(one.tree())[0].options for one in (base, before, after, copied)] == [
        {"queue": "low"},
        {},
        {"queue": "high"},
        {},
    ]
    assert [len(one.tree().elements[1].link) for one in (base, before, after, copied)] == [0, 0, 1, 0]


def test_a_long_chain_is_put_together_without_copying_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    cloned: list[Signature] = []
    clone = Signature.clone

    def counted(self: Signature, *said: Any, **more: Any) -> Signature:
        cloned.append(self)
        return clone(self, *said, **more)

    monkeypatch.setattr(Signature, "clone", counted)
    made = reduce(or_, [add.s(1, 1), *(add.s(number) for number in range(499))])
    assert len(cloned) == 500
    assert len(made.tree().elements) == 500


@pytest.mark.parametrize(("outer", "inner"), list(product(("chain", "group", "chord"), repeat=2)))
def test_what_is_nested_is_equal_once_it_was_json(outer: str, inner: str) -> None:
    """C99."""
    make: dict[str, Any] = {
        "chain": lambda part: chain(part, add.s(2).set(queue="high", priority=9)),
        "group": lambda part: group([part, add.si(3, 3)], policy="settled"),
        "chord": lambda part: chord([part, add.s(4, 4)], tsum.s()),
    }
    composed = make[outer](make[inner](add.s(1, 1).on_error(tsum.si([1]))))
    again = signature(json.loads(json.dumps(composed.to_dict())))
    assert again == composed
    assert again.tree() == composed.tree()


def test_a_signature_is_itself_a_value_and_comes_back_as_a_signature() -> None:
    given = add.s(add.s(1)).tree().args[0]
    assert signature(given) == add.s(1)


@pytest.mark.parametrize("said", [{}, {"subtask_type": "chain"}, {"task": "add", "args": 3, "kwargs": {}}])
def test_a_dict_that_is_no_signature_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a signature"):
        signature(said)


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), datetime(2026, 1, 1, tzinfo=UTC)])
def test_what_json_cannot_carry_is_an_error_at_the_call_that_names_the_argument(value: object) -> None:
    with pytest.raises(UsageError, match="argument 2 of add is not JSON"):
        add.s(1, value).tree()


def test_options_come_down_to_the_steps_that_set_none() -> None:
    """C22, C23; C19: a countdown is the first one's."""
    inner = chain(add.s(1, 1), add.s(2).set(priority=3), add.s(3)).set(countdown=2, priority=5)
    options = [dict(step.options) for step in steps(group(inner).set(queue="high").tree())]
    assert options == [
        {"queue": "high", "priority": 5, "countdown": 2.0},
        {"queue": "high", "priority": 3},
        {"queue": "high", "priority": 5},
    ]


def test_times_may_be_dates_and_are_counted_when_the_call_is_made() -> None:
    at = datetime(2126, 1, 1, 12)
    said = add.s(1, 1).set(eta=at, expires=timedelta(minutes=2)).tree(UTC).options
    assert said == {"eta_ms": round(at.replace(tzinfo=UTC).timestamp() * 1000), "expires": 120.0}


def test_signatures_whose_options_are_times_are_compared_and_linked() -> None:
    """What JSON cannot carry is equal as Python has it."""
    soon, later = (add.s(1, 1).set(expires=timedelta(hours=hours)) for hours in (1, 2))
    at = add.s(1, 1).set(eta=datetime(2126, 1, 1, 12))
    assert (soon == soon.clone(), at == at.clone(), soon == later, at == soon) == (True, True, False, False)
    assert chain(soon, at) == soon | at != chain(later, at)
    linked = add.s(0, 0)
    for callback in (soon, later, soon.clone(), at, at.clone()):
        linked.link(callback)
    assert len(linked.links) == 3
    with pytest.raises(UsageError, match="the option expires is not JSON"):
        soon.to_dict()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cuntdown": 2}, "did you mean `countdown`"),
        ({"serializer": "pickle"}, "JSON is the only one"),
        ({"routing_key": "x"}, "a queue is named by `queue`"),
    ],
)
def test_an_option_that_there_is_not_is_an_error_that_names_the_way_out(options: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        add.apply_async((1, 1), **options)
    with pytest.raises(TypeError, match=said):
        add.s(1, 1).set(**options)


def test_an_id_of_ones_own_belongs_to_the_whole_and_not_to_a_step() -> None:
    """C14."""
    with pytest.raises(TypeError, match="task_id belongs to what is submitted as a whole"):
        chain(add.s(1, 1).set(task_id="mine"), add.s(2)).tree()


def test_a_value_that_is_ignored_is_passed_on_all_the_same() -> None:
    """C24, C77: the option is Celery's, and changes nothing in a workflow."""
    assert add.s(1, 1).set(ignore_result=True).tree().options == {}


def test_a_lone_job_that_is_to_keep_no_value_is_refused_with_the_way_to_say_so() -> None:
    for call in (add.s(1, 1).set(ignore_result=True).delay, lambda: add.apply_async((1, 1), ignore_result=True)):
        with pytest.raises(TypeError, match=r"@task\(ignore_result=True\)"):
            call()


@pytest.mark.parametrize("wrong", [3, "add", add])
def test_what_is_no_signature_cannot_be_composed(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"signature"):
        chain(add.s(1, 1), wrong)
    with pytest.raises(TypeError, match=r"signature"):
        group([wrong])
    with pytest.raises(TypeError, match=r"signature"):
        add.s(1, 1).link(wrong)


def test_a_composition_reads_as_the_expression_that_makes_the_same() -> None:
    assert repr(add.s(4, 4) | group(add.s(8), add.si(1, 1)) | tsum.s()) == "add(4, 4) | [add(8), .add(1, 1)] | tsum"


def test_the_walk_from_the_last_to_the_first_passes_groups_by_their_names() -> None:
    """C11, C12."""
    plan = shape(chain(add.s(1, 1), add.s(2), group(add.s(3), chain(add.s(4), add.s(5))), tsum.s()))
    assert plan.last == "6"
    walk = [plan.last]
    while (before := plan.before(walk[-1])) is not None:
        walk.append(before)
    assert walk == ["6", "g1", "2", "1"]
    assert [plan.before(name) for name in ("3", "4", "5")] == ["2", "2", "4"]
    assert (plan.after("1"), plan.after("2"), plan.members("g1")) == (["2"], ["g1"], ["3", "5"])
