"""Secret values of a workflow's nodes: how long they are kept, and what a retry may lack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.model.workflow.node_names import ON_ERROR, ON_SUCCESS
from qctl.model.workflow.plan import Node, WorkflowSubmission
from qctl.store import Command, Reading, Store
from tests.support.store_seed import SeedWorker, a_job, everything, lose, make_due, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, group, send, step

DAY_MS = 86_400_000
SECRETS = b'{"x":"1"}'


def secrets(store: Store) -> list[str]:
    """The nodes whose secret values are kept, sorted."""
    kept = [name.partition(" ") for name in everything(store) if name.startswith("secret")]
    return sorted(
        key.removeprefix("secret:").removeprefix("secrets:") + "." * bool(node) + node for key, _, node in kept
    )


def days(store: Store, node: str) -> float:
    """How long those of a node are kept that waits for its time or a worker."""
    return store.do(Command(("PTTL", store.keys.secret(node)), int)) / DAY_MS


def without_end(store: Store, workflow: str = "w") -> bool:
    """Whether those of nodes whose turn has not come are kept as long as it takes."""
    return store.do(Command(("PTTL", store.keys.secrets(workflow)), int)) == -1


def with_secret_callbacks(one: WorkflowSubmission) -> WorkflowSubmission:
    """The same with secret values for what comes after its end."""

    def given(node: Node) -> Node:
        if node.job is None or node.name not in (ON_ERROR, ON_SUCCESS):
            return node
        return replace(node, job=replace(node.job, secrets=SECRETS))

    return replace(one, plan=replace(one.plan, nodes=tuple(map(given, one.plan.nodes))))


class TestHowLong:
    @pytest.mark.parametrize("members", [1, 600])
    def test_those_of_a_workflow_that_is_delayed_live_as_long_as_it_takes(
        self, store: Store, crew: Crew, members: int
    ) -> None:
        tree = group(step("a", secrets=SECRETS), *("b" for _ in range(members - 1)))
        one = a_workflow(tree, delay_ms=40 * DAY_MS)
        store.do_all(store.verbs.uploads([one]))
        store.do(store.verbs.submit([one]))
        assert without_end(store)
        make_due(store, "w")
        store.do(store.verbs.promote())
        assert days(store, "w.1") == pytest.approx(30, abs=0.1)
        crew.look()
        assert crew.claims["1"].secrets == SECRETS

    def test_those_that_were_uploaded_go_after_an_hour_without_the_submit(self, store: Store) -> None:
        one = a_workflow(group(step("a", secrets=SECRETS), *("b" for _ in range(599))))
        store.do_all(store.verbs.uploads([one]))
        assert 0 < store.do(Command(("PTTL", store.keys.secrets("w")), int)) <= DAY_MS / 24

    def test_those_of_a_delayed_node_live_as_much_longer(self, store: Store, crew: Crew) -> None:
        """Also of one that stands behind others with delays of their own."""
        late = step("b", secrets=SECRETS, delay_ms=40 * DAY_MS)
        send(store, a_workflow(chain(step("a", delay_ms=20 * DAY_MS), group(late, "c"), late)))
        assert secrets(store) == ["w.2", "w.4"]
        assert without_end(store)
        make_due(store, "w.1")
        store.do(store.verbs.promote())
        crew.end("1")
        assert days(store, "w.2") == pytest.approx(70, abs=0.1)
        assert secrets(store) == ["w.2", "w.4"]

    @pytest.mark.parametrize("members", [1, 600])
    def test_those_of_nodes_that_are_uploaded_or_added_follow_delays_too(self, store: Store, members: int) -> None:
        late = step("a", secrets=SECRETS, delay_ms=40 * DAY_MS)
        one = a_workflow(group(late, *("b" for _ in range(members - 1)), open=True))
        store.do_all(store.verbs.uploads([one]))
        store.do(store.verbs.submit([one]))
        assert days(store, "w.1") == pytest.approx(70, abs=0.1)
        added = [replace(node, name="10001") for node in a_workflow(group(late)).plan.nodes if node.job]
        assert store.do(store.verbs.extend("w", "g1", added, ["10001"], "token")) == "OK"
        while store.do(store.verbs.follow())[1]:
            pass
        assert days(store, "w.10001") == pytest.approx(70, abs=0.1)

    def test_those_of_a_node_with_a_time_live_for_a_month_after_it(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        due_ms = read.now_ms() + 40 * DAY_MS
        send(store, a_workflow(chain("a", step("b", secrets=SECRETS, due_ms=due_ms))))
        crew.end("1")
        assert days(store, "w.2") == pytest.approx(70, abs=0.1)

    def test_those_of_a_job_that_is_tried_again_late_or_comes_late_after_others_live_as_much_longer(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(
            store, a_job("one", secrets=SECRETS), a_job("two", secrets=SECRETS, after=("one",), delay_ms=40 * DAY_MS)
        )
        assert days(store, "two") < 0, "it waits for as long as it takes"
        worker.retry(worker.take(), delay_ms=40 * DAY_MS)
        assert days(store, "one") == pytest.approx(70, abs=0.1)
        make_due(store, "one")
        store.do(store.verbs.promote())
        worker.complete(worker.take())
        assert days(store, "two") == pytest.approx(70, abs=0.1)

    def test_those_of_what_comes_after_the_other_end_go_at_the_end(self, store: Store, crew: Crew) -> None:
        for succeeds in (True, False):
            send(store, with_secret_callbacks(a_workflow("a", on_error="e", on_success="s")))
            assert secrets(store) == ["w.on_error", "w.on_success"]
            crew.end("1") if succeeds else crew.fail("1")
            comes, other = ("on_success", "on_error") if succeeds else ("on_error", "on_success")
            assert secrets(store) == [f"w.{comes}"]
            crew.look()
            assert crew.claims[comes].secrets == SECRETS
            assert other not in crew.claims
            crew.end(comes)
            assert not secrets(store)
            assert store.do(store.verbs.remove(["w"])) == ["OK"]

    def test_those_of_one_that_never_began_go_all(self, store: Store, crew: Crew) -> None:
        submit(store, "up")
        one = a_workflow(step("a", secrets=SECRETS), on_error="e", on_success="s", after=("up",))
        send(store, with_secret_callbacks(one))
        assert secrets(store) == ["w.1", "w.on_error", "w.on_success"]
        store.do(store.verbs.cancel(["w"], {}))
        assert not secrets(store)

    def test_each_handler_of_several_failures_has_them(self, store: Store, crew: Crew) -> None:
        send(store, with_secret_callbacks(a_workflow(group("a", "b"), on_error="e", each_error=True)))
        crew.fail("1")
        crew.fail("2")
        assert crew.look() == ["on_error-1", "on_error-2"]
        assert {claim.secrets for claim in crew.claims.values()} == {SECRETS}
        for name in crew.look():
            crew.end(name)
        assert not secrets(store)

    def test_a_plan_says_no_more_of_a_thousand_secret_nodes_than_of_one(self, store: Store) -> None:
        """What every call reads of a workflow must not grow with its nodes."""
        sizes = []
        for workflow, members in (("v", 1), ("w", 500)):
            send(store, a_workflow(group(*(step("a", secrets=SECRETS) for _ in range(members))), workflow))
            sizes.append(store.do(Command(("HSTRLEN", store.keys.nodes(workflow), "plan"), int)))
        assert sizes[1] - sizes[0] < 10

    def test_those_of_many_nodes_go_a_part_at_a_time(self, store: Store, read: Reading, crew: Crew) -> None:
        """Also those of members that were added; no call takes longer for their number."""
        send(store, a_workflow(chain("a", group(*(step("b", secrets=SECRETS) for _ in range(400)), open=True))))
        added = replace(a_workflow(step("b", secrets=SECRETS)).plan.nodes[0], name="900", within="g1")
        store.do(store.verbs.extend("w", "g1", [added], ["900"], "token"))
        assert len(secrets(store)) == 401
        crew.fail("1")
        left = len(secrets(store))
        while store.do(store.verbs.follow())[1]:
            assert left - len(secrets(store)) <= 250
            left = len(secrets(store))
        assert not secrets(store)
        assert ending(read)[0] == "failed"


class TestWhoeverIsLate:
    """A secret has a time to end only while its job waits for its own time or for a worker."""

    @pytest.mark.parametrize("go_on", ["release", "retry", "lose"])
    def test_those_of_a_job_that_runs_have_no_end_until_it_waits_for_a_worker_again(
        self, store: Store, worker: SeedWorker, go_on: str
    ) -> None:
        submit(store, a_job("one", secrets=SECRETS))
        claim = worker.take()
        assert days(store, "one") < 0
        lose(store, worker) if go_on == "lose" else getattr(worker, go_on)(claim)
        assert days(store, "one") == pytest.approx(30, abs=0.1)

    @pytest.mark.parametrize("late", ["delayed", "tried again late", "after a late job"])
    def test_those_of_steps_behind_a_late_one_are_there_when_their_turn_comes(
        self, store: Store, crew: Crew, late: str
    ) -> None:
        """Whatever made it late, and whenever they were added."""
        if late == "after a late job":
            submit(store, a_job("up", delay_ms=400 * DAY_MS))
        first = step("a", delay_ms=400 * DAY_MS if late == "delayed" else None)
        after = ("up",) if late == "after a late job" else ()
        send(store, a_workflow(chain(first, group("m", open=True), step("b", secrets=SECRETS)), after=after))
        added = replace(a_workflow(step("b", secrets=SECRETS)).plan.nodes[0], name="900", within="g1")
        assert store.do(store.verbs.extend("w", "g1", [added], ["900"], "token")) == "OK"
        if late == "tried again late":
            crew.look()
            crew.worker.retry(crew.claims.pop("1"), delay_ms=400 * DAY_MS)
        assert secrets(store) == ["w.3", "w.900"]
        assert without_end(store)
        make_due(store, "up" if after else "w.1")
        store.do(store.verbs.promote())
        if after:
            crew.end("up")
        store.do(store.verbs.seal("w", "g1", "sealed"))
        crew.end("1")
        assert crew.look() == ["2", "900"]
        assert crew.claims["900"].secrets == SECRETS
        crew.end("2")
        crew.end("900")
        assert crew.look() == ["3"]
        assert crew.claims["3"].secrets == SECRETS
        crew.end("3")
        assert not secrets(store)


class TestNothingIsLeft:
    """Those without an end go with what they are of, however that goes."""

    @pytest.mark.parametrize("state", ["waiting", "queued", "running"])
    @pytest.mark.parametrize("broken", [True, False])
    def test_with_a_record_that_cannot_be_read_or_is_gone(
        self, store: Store, crew: Crew, state: str, broken: bool
    ) -> None:
        submit(store, "up")
        up = crew.worker.take()
        submit(store, a_job("one", secrets=SECRETS, after=("up",) if state == "waiting" else ()))
        if state == "running":
            crew.look()
        key = store.keys.job("one")
        store.do(Command(("HDEL", key, "t") if broken else ("DEL", key), int))
        crew.worker.complete(up)
        crew.end("one") if state == "running" else crew.look()
        assert not secrets(store)

    def test_with_a_workflow_that_was_given_up(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(chain("a", step("b", secrets=SECRETS))))
        store.do(Command(("HSET", store.keys.nodes("w"), "plan", "garbage"), int))
        crew.end("1")
        while store.do(store.verbs.follow())[1]:
            pass
        assert not secrets(store)

    @pytest.mark.parametrize("order", [{}, {"by": "ada"}])
    def test_with_one_that_was_cancelled(self, store: Store, crew: Crew, order: dict[str, str]) -> None:
        """Nothing comes after it."""
        one = a_workflow(chain("a", step("b", secrets=SECRETS)), on_error="e", on_success="s")
        send(store, with_secret_callbacks(one))
        store.do(store.verbs.cancel(["w"], order))
        assert not secrets(store)


class TestRetry:
    def test_it_is_refused_if_a_node_lacks_them_that_is_to_run(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(chain("a", step("b", secrets=SECRETS))))
        crew.fail("1")
        assert store.do(store.verbs.revive(["w"])) == ["SECRET"]

    @pytest.mark.parametrize(
        "tree",
        [
            chain(step("a", secrets=SECRETS, tolerant=True), "b"),
            chain(step("a", secrets=SECRETS), "h!", "b"),
            chain(group(step("a", secrets=SECRETS), max_fail=1), "b"),
        ],
    )
    def test_it_goes_on_if_only_those_lack_them_that_do_not_run_again(
        self, store: Store, read: Reading, crew: Crew, tree: object
    ) -> None:
        send(store, a_workflow(tree))  # type: ignore[arg-type]
        crew.fail("1")
        while "b" not in [claim.task for claim in crew.claims.values()]:
            assert crew.look()
            for name in [name for name, claim in crew.claims.items() if claim.task != "b"]:
                crew.end(name)
        crew.fail(crew.look()[0])
        assert store.do(store.verbs.revive(["w"])) == ["OK"]
        assert [claim.task for claim in crew.worker.claim(9)] == ["b"]

    def test_a_handler_that_was_not_needed_does_not_stand_in_its_way(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(chain("a", step("h", handler=True, secrets=SECRETS), "b")))
        crew.end("1")
        crew.fail("3")
        assert store.do(store.verbs.revive(["w"])) == ["OK"]
        assert crew.look() == ["3"]
