"""What the report of a workflow's end tells, read in one call: its jobs, and what the one wrote that failed first."""

from __future__ import annotations

from qctl.model.around import Surroundings
from qctl.model.workflow.standing import tally
from qctl.store import Reading, Store
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send, state_of, step


def told(store: Store) -> Surroundings:
    (found,) = store.do(store.verbs.surroundings(["w"]))
    assert found is not None
    return found


def test_it_is_what_is_read_of_the_workflow_by_itself(store: Store, read: Reading, crew: Crew) -> None:
    tree = chain(group("a", chain("b", "c"), link_error=(step("tell"),)), "h!", "d")
    send(store, a_workflow(tree, on_error="page", each_error=True))
    crew.fail("2")
    crew.end("1")
    known, whole = told(store), state_of(read)
    assert known.flow is not None
    assert list(known.flow.nodes) == list(whole.nodes)
    assert (known.flow.nodes, known.flow.fates) == (whole.nodes, whole.fates)
    assert (known.flow.jobs.keys(), tally(known.flow)) == (whole.jobs.keys(), tally(whole))
    assert known.speaks == "w.2"


def test_one_of_many_jobs_is_told_without_them(store: Store, crew: Crew) -> None:
    send(store, a_workflow(group(*["a"] * 150)))
    crew.fail("7")
    known = told(store)
    assert (known.flow, known.speaks) == (None, "w.7")
