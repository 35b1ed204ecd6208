"""Secret values of a workflow's nodes: how long they are kept, and what a retry may lack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.model.workflow.plan import ON_ERROR, ON_SUCCESS, Node, WorkflowSubmission
from qctl.store import Command, Reading, Store
from tests.support.store_seed import SeedWorker, a_job, make_due, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, group, send, step

DAY_MS = 86_400_000
SECRETS = b'{"x":"1"}'


def secrets(store: Store) -> list[str]:
    """The nodes whose secret values are kept, sorted."""
    prefix = store.keys.secret("x").removesuffix("x")
    found = store.do(Command(("KEYS", prefix.replace("{", "\\{") + "*"), lambda reply: reply))
    return sorted(key.decode().removeprefix(prefix) for key in found)


def days(store: Store, node: str) -> float:
    return store.do(Command(("PTTL", store.keys.secret(node)), int)) / DAY_MS


def with_secret_callbacks(one: WorkflowSubmission) -> WorkflowSubmission:
    """The same with secret values for what comes after its end."""

    def given(node: Node) -> Node:
        if node.job is None or node.name not in (ON_ERROR, ON_SUCCESS):
            return node
        return replace(node, job=replace(node.job, secrets=SECRETS))

    return replace(one, plan=replace(one.plan, nodes=tuple(map(given, one.plan.nodes))))


class TestHowLong:
    @pytest.mark.parametrize("members", [1, 600])
    def test_those_of_a_workflow_that_is_delayed_live_as_much_longer(self, store: Store, members: int) -> None:
        tree = group(step("a", secrets=SECRETS), *("b" for _ in range(members - 1)))
        one = a_workflow(tree, delay_ms=40 * DAY_MS)
        store.do_all(store.verbs.uploads([one]))
        store.do(store.verbs.submit([one]))
        assert days(store, "w.1") == pytest.approx(70, abs=0.1)

    def test_those_of_a_delayed_node_live_as_much_longer(self, store: Store, crew: Crew) -> None:
        """Also of one that stands behind others with delays of their own, and from its release on by its own alone."""
        late = step("b", secrets=SECRETS, delay_ms=40 * DAY_MS)
        send(store, a_workflow(chain(step("a", delay_ms=20 * DAY_MS), group(late, "c"), late)))
        assert (days(store, "w.2"), days(store, "w.4")) == pytest.approx((130, 130), abs=0.1)
        make_due(store, "w.1")
        store.do(store.verbs.promote())
        crew.end("1")
        assert days(store, "w.2") == pytest.approx(70, abs=0.1)

    @pytest.mark.parametrize("members", [1, 600])
    def test_those_of_nodes_that_are_uploaded_or_added_follow_delays_too(self, store: Store, members: int) -> None:
        late = step("a", secrets=SECRETS, delay_ms=40 * DAY_MS)
        one = a_workflow(group(late, *("b" for _ in range(members - 1)), open=True))
        store.do_all(store.verbs.uploads([one]))
        store.do(store.verbs.submit([one]))
        assert days(store, "w.1") == pytest.approx(70, abs=0.1)
        added = [replace(node, name="10001") for node in a_workflow(group(late)).plan.nodes if node.job]
        assert store.do(store.verbs.extend("w", "g1", added, ["10001"], "token")) == "OK"
        assert days(store, "w.10001") == pytest.approx(70, abs=0.1)

    def test_those_of_a_node_with_a_time_live_for_a_month_after_it(self, store: Store, read: Reading) -> None:
        due_ms = read.now_ms() + 40 * DAY_MS
        send(store, a_workflow(chain("a", step("b", secrets=SECRETS, due_ms=due_ms))))
        assert days(store, "w.2") == pytest.approx(70, abs=0.1)

    def test_those_of_a_job_that_is_tried_again_late_or_comes_late_after_others_live_as_much_longer(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(
            store, a_job("one", secrets=SECRETS), a_job("two", secrets=SECRETS, after=("one",), delay_ms=40 * DAY_MS)
        )
        store.do(Command(("PEXPIRE", store.keys.secret("two"), DAY_MS), int))
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
