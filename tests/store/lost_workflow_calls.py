"""Calls about workflows whose answers are lost, for test_lost_answers: each makes a store ready, and the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qctl.model.state import Outcome, Reason
from qctl.model.workflow.tree import Tree
from qctl.store import Command, Store
from qctl.store.values import Claim
from tests.support.store_seed import SeedWorker, settled
from tests.support.workflow_seed import a_workflow, chain, group, send


def _submit_workflow(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.submit([a_workflow(chain(group("a", "b"), "c"))])


def _upload(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.upload("w", a_workflow(chain(group("a", "b"), "c")).plan.nodes)


def _in_workflow(store: Store, worker: SeedWorker, tree: Tree | str, on_error: str | None = None) -> Claim:
    """The only node of a workflow that is ready."""
    send(store, a_workflow(tree, on_error=on_error))
    (claim,) = store.do(store.verbs.claim(worker.id, worker.turn + 1, 1, only=["w"])).claims
    worker.turn += 1
    return claim


def _complete_node(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.complete(worker.id, [settled(_in_workflow(store, worker, chain("a", group("b", "c"), "d")))])


def _bury_node(store: Store, worker: SeedWorker) -> Command[object]:
    claim = _in_workflow(store, worker, chain("a", group("b", "c"), "d"), on_error="page")
    return store.verbs.bury(worker.id, [settled(claim, outcome=Outcome.FAILED, reason=Reason.EXIT, charge="x")])


def _steps(store: Store, worker: SeedWorker) -> Command[object]:
    tree = chain("a", group(*("b" for _ in range(150))), "d")
    worker.bury(_in_workflow(store, worker, tree))
    return store.verbs.follow()


def _cancel_workflow(store: Store, worker: SeedWorker) -> Command[object]:
    _in_workflow(store, worker, chain("a", group("b", "c"), "d"))
    return store.verbs.cancel(["w", "w.3"], {"by": "ada"})


def _revive_workflow(store: Store, worker: SeedWorker) -> Command[object]:
    worker.bury(_in_workflow(store, worker, chain("a", group("b", "c"), "d")))
    return store.verbs.revive(["w"])


def _replace(store: Store, worker: SeedWorker) -> Command[object]:
    claim = _in_workflow(store, worker, chain("a", "b"))
    return store.verbs.replace(worker.id, [settled(claim, instead=a_workflow("x", "v"))])


def _extend(store: Store, worker: SeedWorker) -> Command[object]:
    claim = _in_workflow(store, worker, chain(group("a"), "b"))
    more = [node for node in a_workflow(group("x", chain("y", "z"))).plan.nodes if node.job]
    more = [replace(node, name=f"10{node.name}", next=node.next and f"10{node.next}") for node in more]
    return store.verbs.extend("w", "", more, [], "token", asker=(worker.id, claim.id, claim.fence))


def _seal(store: Store, worker: SeedWorker) -> Command[object]:
    send(store, a_workflow(chain(group(open=True), "b")))
    return store.verbs.seal("w", "g1", "token")


def _feeding(store: Store, worker: SeedWorker) -> Command[object]:
    send(store, a_workflow(chain(group(open=True), "b")))
    return store.verbs.feeding("w", "g1", 300_000)


def _extend_an_open_group(store: Store, worker: SeedWorker) -> Command[object]:
    send(store, a_workflow(chain(group("a", open=True), "b")))
    return store.verbs.extend("w", "g1", [], [], "token")


def _submit_with_a_limit(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.submit([a_workflow(chain(group("a", open=True), "c"), timeout_ms=60_000)])


def _remove_workflow(store: Store, worker: SeedWorker) -> Command[object]:
    worker.bury(_in_workflow(store, worker, chain("a", group(*("b" for _ in range(60))), "d")))
    return store.verbs.remove(["w"])


def _expire_workflow(store: Store, worker: SeedWorker) -> Command[object]:
    send(store, a_workflow(chain("a", "b"), timeout_ms=5000))
    store.do(Command(("ZADD", store.keys.deadlines, 1, "timeout w"), int))
    return store.verbs.promote()


WORKFLOW_VERBS: dict[str, Callable[[Store, SeedWorker], Command[object]]] = {
    "submit a workflow": _submit_workflow,
    "upload": _upload,
    "complete a node": _complete_node,
    "bury a node": _bury_node,
    "steps": _steps,
    "cancel a workflow": _cancel_workflow,
    "revive a workflow": _revive_workflow,
    "replace": _replace,
    "extend": _extend,
    "seal": _seal,
    "say that a group is fed": _feeding,
    "extend an open group": _extend_an_open_group,
    "submit a workflow with a limit": _submit_with_a_limit,
    "remove a workflow": _remove_workflow,
    "end a workflow's time": _expire_workflow,
}
