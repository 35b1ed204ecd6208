"""What a workflow writes is what its steps write, from one to the next, for who looks on and for who comes later."""

from __future__ import annotations

from qctl.client.watching import Snapshot, Want
from qctl.client.watching.looking import Looker
from qctl.model.output import Chunk, encode_chunks, pack
from qctl.store import Store
from qctl.store.values import OutputReport
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send

WANT = Want(jobs=False, log="w", log_lines=50)


def told(seen: Snapshot) -> list[str]:
    """Its lines, each with the name of its step."""
    return [
        f"{seen.log_names.get(piece.job)} {line}" for piece in seen.log for line in piece.chunk.data.decode().split()
    ]


def write(store: Store, crew: Crew, node: str, text: bytes) -> None:
    claim = crew.claims[node]
    store.do(
        store.verbs.report("w1", [OutputReport(claim.id, claim.fence, 1, 0, encode_chunks([Chunk(1, "o", text)]))])
    )


def test_the_step_that_runs_is_heard_to_its_end_and_the_next_after_it(store: Store, crew: Crew, looker: Looker) -> None:
    send(store, a_workflow(chain("dump", "upload")))
    assert looker.look(WANT).log == ()
    crew.look()
    write(store, crew, "1", b"first\n")
    assert told(looker.look(WANT)) == ["dump first"]
    crew.end("1", log=pack([Chunk(1, "o", b"first\nlast\n")]))
    crew.look()
    write(store, crew, "2", b"sent\n")
    assert told(looker.look(WANT)) == ["dump first", "dump last", "upload sent"]
    assert looker.look(Want(jobs=False, job="w", log="w")).job is not None


def test_steps_that_run_side_by_side_are_told_apart(store: Store, crew: Crew, looker: Looker) -> None:
    send(store, a_workflow(group("thumb", "thumb", "sum")))
    crew.look()
    for node in ("1", "2", "3"):
        write(store, crew, node, b"n%s\n" % node.encode())
    assert told(looker.look(WANT)) == ["thumb.1 n1", "thumb.2 n2", "sum n3"]


def test_of_a_large_group_a_bounded_number_is_heard(store: Store, crew: Crew, looker: Looker) -> None:
    send(store, a_workflow(group(*(f"m{n}" for n in range(60)))))
    crew.look()
    for node in crew.claims:
        write(store, crew, node, b"here\n")
    assert len(told(looker.look(WANT))) == 8


def test_of_one_that_is_over_the_step_that_failed_is_heard_or_those_that_ended_last(
    store: Store, crew: Crew, looker: Looker
) -> None:
    send(store, a_workflow(chain("a", "b")))
    for node in ("1", "2"):
        crew.look()
        crew.end(node, log=pack([Chunk(1, "o", f"said.{node}\n".encode())]))
    assert told(looker.look(WANT)) == ["a said.1", "b said.2"]
    send(store, a_workflow(chain("c", "d"), "v"))
    crew.look()
    crew.fail("1", log=pack([Chunk(1, "e", b"no space\n")]))
    assert told(looker.look(Want(jobs=False, log="v", log_lines=50))) == ["c no", "c space"]


def test_a_job_of_its_own_has_no_names(store: Store, crew: Crew, looker: Looker) -> None:
    send(store, a_workflow(chain("a", "b")))
    looker.look(WANT)
    assert looker.look(Want(jobs=False, log="nobody")).log_names == {}
