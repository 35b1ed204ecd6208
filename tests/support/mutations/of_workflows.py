"""Protections in the scripts of workflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.support.mutations.altering import InFunction, InScript
from tests.support.mutations.protection import Protection

PROTECTIONS: Final[Mapping[str, Protection]] = {
    "members": Protection(
        "an end of a member that is told twice counts for two (rule 1; fault 68)",
        (
            InScript(
                "_workflow_ends",
                "if call('SADD', part('done', flow, name), position) == 0 then return end",
                "call('SADD', part('done', flow, name), position .. call('INCR', PREFIX .. 'seq'))",
            ),
        ),
    ),
    "one-end": Protection(
        "a node ends twice, and what follows it starts twice (rule 1; fault 70)",
        (
            InScript(
                "_workflow_ends",
                "if call('HSETNX', key('fates', flow.id), name, with_order(flow, name, node, fate)) == 0"
                " then return false end",
                "call('HSET', key('fates', flow.id), name, with_order(flow, name, node, fate))",
            ),
        ),
    ),
    "on-error": Protection(
        "who cancels a workflow is told that it failed (rule 8)",
        (InScript("_workflow_course", "if flow.job.cx or outcome == 'skipped' then", "if false then"),),
    ),
    "order": Protection(
        "something starts in what was stopped (rule 8; fault 71)",
        (InScript("_workflow_records", "if flow.job.cx then return 'cancelled', 'by_user', flow.job.cx end"),),
    ),
    "open-groups": Protection(
        "a group that nobody can feed any more stays open for ever (rule 2)",
        (InScript("_workflow_starts", "if is_open(flow, name, node) and stopped(flow, node) then", "if false then"),),
    ),
    "tolerance": Protection(
        "a failure that may be tolerated ends its workflow",
        (InScript("_workflow_ends", "if node.tl and b == name and not stopped(flow, node) then", "if false then"),),
    ),
    "declared-order": Protection(
        "values of a group stand in the order in which its members ended (C28, C71)",
        (InFunction("qctl.store.gathering:Gathering._listed", "Items(tuple(inputs))", "Items(tuple(inputs[::-1]))"),),
    ),
    "kept-values": Protection(
        "retention takes what a step is to receive (fault 69)",
        (InScript("forget", "if is_kept(id, job) then passed", "if false then passed"),),
    ),
}
