"""Tasks to compose, and what a request for a workflow of them comes to."""

from __future__ import annotations

from typing import Any

from qctl.config import Config
from qctl.config.requests import Options, Request, prepare
from qctl.model.call import PIPELINE, Call
from qctl.model.workflow.expression import parse
from qctl.model.workflow.plan import Node, WorkflowSubmission
from qctl.model.workflow.tree import Tree

TASKS = """
    [routes]
    "gz*" = "pack"
    [tasks.dump]
    run = "dump $db"
    params.db = { pattern = "[a-z]+" }
    params.level = { type = "int", default = 3 }
    priority = 7
    [tasks.gzip]
    run = "gzip"
    [tasks.pull]
    run = "cat"
    host = "db1"
    [tasks.sync]
    run = "sync"
    host = ["each", "web1", "web2"]
    [tasks.login]
    run = "login"
    params.token = { secret = true }
    params.user = { default = "me" }
    [tasks.add]
    call = "m:add"
    params.x = { type = "int" }
    params.y = { type = "int" }
    [tasks.tsum]
    call = "m:tsum"
    params.numbers = { type = "json" }
    [tasks.tick]
    call = "m:tick"
    [tasks.off]
    run = "true"
    enabled = false
"""


def planned(tree: Tree | str, config: Config, **options: Any) -> WorkflowSubmission:
    tree = parse(tree) if isinstance(tree, str) else tree
    found = prepare(Request(task=PIPELINE, tree=tree, options=Options(id="w", **options)), config)
    assert isinstance(found, WorkflowSubmission)
    return found


def named(config: Config, name: str, **params: Any) -> WorkflowSubmission:
    found = prepare(Request(task=name, params=params, options=Options(id="w")), config)
    assert isinstance(found, WorkflowSubmission)
    return found


def nodes_of(workflow: WorkflowSubmission) -> dict[str, Node]:
    return {node.name: node for node in workflow.plan.nodes}


def calls_of(workflow: WorkflowSubmission) -> dict[str, Call]:
    return {node.name: Call.decode(node.job.body) for node in workflow.plan.nodes if node.job is not None}
