"""How far workflows are, without their plans: the same figures as when all of them is read."""

from __future__ import annotations

import pytest

from qctl.model.workflow.standing import tally
from qctl.model.workflow.tree import Tree
from qctl.store import Reading, Store
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send, state_of, step

TREES = [
    chain("a", "b", "c"),
    chain("a", "h!", group("b", chain("c", "h2!")), "d"),
    chain(step("a", link=(chain("ok", "ok2"),), link_error=(step("bad"),)), group(step("b", link=(step("x"),)), "c")),
    group(group("a", "b"), "c?", link=(step("ok"),)),
]


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
@pytest.mark.parametrize("bad", [(), ("1",), ("2", "3")], ids=["well", "first", "others"])
def test_it_is_counted_as_when_all_is_read(
    store: Store, read: Reading, crew: Crew, tree: Tree, bad: tuple[str, ...]
) -> None:
    send(store, a_workflow(tree, on_error="page", on_success="tell"))
    while read.job("w").outcome is None:
        whole, counted = tally(state_of(read)), read.progress(["w"])["w"]
        assert (counted.words, counted.open) == (whole.words, whole.open)
        node = crew.look()[0]
        (crew.fail if node in bad else crew.end)(node)
    assert read.progress(["w", "nobody"]) == {}
