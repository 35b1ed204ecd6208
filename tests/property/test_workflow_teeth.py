"""With a protection of workflows taken out the comparison with the interpreter fails within some examples."""

from __future__ import annotations

from random import Random

import pytest

from qctl.model.workflow.plan import Node
from qctl.store import command, workflow_words
from qctl.store.workflow_words import member_field
from tests.property.test_workflows import everything_at_once, perform_one
from tests.store.weakened import scripts_changed

MOST_EXAMPLES = 60

#: What it is for -> how the scripts read, and how without it.
GUARDS = {
    "a node ends once": (
        "if call('HSETNX', key('fates', flow.id), name, with_order(flow, name, node, fate)) == 0 then return false end",
        "call('HSET', key('fates', flow.id), name, with_order(flow, name, node, fate))",
    ),
    "a fence refuses who comes too late": ("job.f == fence and running == key('running', job.o)", "true"),
    "on_error is for a failure alone": ("if flow.job.cx or outcome == 'skipped' then return end", ""),
    "nothing starts in what was stopped": ("if flow.job.cx then return 'cancelled', 'by_user', flow.job.cx end", ""),
    "a group that nobody can feed any more ends": (
        "if is_open(flow, name, node) and stopped(flow, node) then",
        "if false then",
    ),
    "a failure that may be tolerated passes on": (
        "if node.tl and b == name and not stopped(flow, node) then",
        "if false then",
    ),
}


@pytest.mark.parametrize("protection", GUARDS)
def test_without_a_protection_the_comparison_fails(redis_url: str, namespace: str, protection: str) -> None:
    guard, without = GUARDS[protection]
    assert guard.encode() in command.script("extend").text, "it reads otherwise now"
    with scripts_changed(guard, without):
        _must_fail(redis_url, namespace)


def test_if_values_did_not_stand_in_declared_order_the_comparison_would_fail(
    redis_url: str, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C28, C71."""
    places = str.maketrans("01", "10")

    def swapped(node: Node) -> str:
        head, space, place = member_field(node).rpartition(" ")
        return f"{head}{space}{place.translate(places) if len(place) == 1 else place}"

    monkeypatch.setattr(workflow_words, "member_field", swapped)
    _must_fail(redis_url, namespace)


def _must_fail(url: str, namespace: str) -> None:
    with pytest.raises(AssertionError):
        _compare_some(url, namespace)


def _compare_some(url: str, namespace: str) -> None:
    for seed in range(MOST_EXAMPLES):
        drawn = Random(seed).randint(2, 40), seed
        perform_one(url, f"{namespace}n{seed}", everything_at_once, drawn, 0.25)
