"""With a protection of workflows taken out the comparison with the interpreter fails within some examples."""

from __future__ import annotations

import re
from random import Random
from traceback import extract_tb

import pytest

from qctl.model.workflow.inputs import Items
from qctl.store import command, gathering
from tests.property.test_workflows import everything_at_once, perform_one
from tests.store.weakened import scripts_changed

MOST_EXAMPLES = 60
#: Other steps ran, ended otherwise or received something else.
RAN_OTHERWISE = r"_outcomes\(theatre\.ran\)|fits\(ran\.received"

#: What it is for -> how the scripts read, how without it, and the comparison that fails then.
GUARDS = {
    "a node ends once": (
        "if call('HSETNX', key('fates', flow.id), name, with_order(flow, name, node, fate)) == 0 then return false end",
        "call('HSET', key('fates', flow.id), name, with_order(flow, name, node, fate))",
        RAN_OTHERWISE,
    ),
    "a fence refuses who comes too late": (
        "job.f == fence and running == key('running', job.o)",
        "true",
        "who has nothing to say any more is believed",
    ),
    "on_error is for a failure alone": (
        "if flow.job.cx or outcome == 'skipped' then",
        "if false then",
        r"theatre\.afterwards == \[\]",
    ),
    "nothing starts in what was stopped": (
        "if flow.job.cx then return 'cancelled', 'by_user', flow.job.cx end",
        "",
        rf"{RAN_OTHERWISE}|outcome is Outcome\.CANCELLED",
    ),
    "a group that nobody can feed any more ends": (
        "if is_open(flow, name, node) and stopped(flow, node) then",
        "if false then",
        r"state\.job\.ended",
    ),
    "a failure that may be tolerated passes on": (
        "if node.tl and b == name and not stopped(flow, node) then",
        "if false then",
        RAN_OTHERWISE,
    ),
}


@pytest.mark.parametrize("protection", GUARDS)
def test_without_a_protection_the_comparison_fails(redis_url: str, namespace: str, protection: str) -> None:
    guard, without, meant = GUARDS[protection]
    assert guard.encode() in command.script("extend").text, "it reads otherwise now"
    with scripts_changed(guard, without):
        _must_fail(redis_url, namespace, meant)


def test_if_values_did_not_stand_in_declared_order_the_comparison_would_fail(
    redis_url: str, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C28, C71."""
    monkeypatch.setattr(gathering, "Items", lambda values: Items(values[::-1]))

    _must_fail(redis_url, namespace, r"fits\((ran\.received|value)")


def _must_fail(url: str, namespace: str, meant: str) -> None:
    """Some example fails in this comparison; whatever else fails proves nothing."""
    seen = []
    for seed in range(MOST_EXAMPLES):
        drawn = Random(seed).randint(2, 40), seed
        try:
            perform_one(url, f"{namespace}n{seed}", everything_at_once, drawn, 0.25)
        except AssertionError as error:
            seen.append(extract_tb(error.__traceback__)[-1].line or "")
            if re.search(meant, seen[-1]):
                return
    pytest.fail(f"{meant} never failed, but {seen}")
