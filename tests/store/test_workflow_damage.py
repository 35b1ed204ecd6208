"""What somebody, or a bug, wrote into what is kept of workflows: nothing waits for ever, and nobody else suffers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from qctl.model.state import State
from qctl.model.workflow.inputs import InputGone
from qctl.store import Command, Reading, Store
from qctl.store.values import Answer
from tests.store.test_workflow_cancel import cancel, pass_deadlines
from tests.store.test_workflow_retention import own_keys
from tests.support.store_seed import SeedWorker, a_job, everything, make_due, settled, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, fates, group, send, sources, step

UNREADABLE = ["garbage", "{}\n", '{"j":1}\n', "[]\n", '{"j":{"t":"a"}}\n']


def do(store: Store, *words: str | int) -> int:
    return store.do(Command(words, _as_it_is))


def _as_it_is(reply: Any) -> int:
    said: int = reply
    return said


def follow(store: Store) -> None:
    while store.do(store.verbs.follow())[1]:
        pass


def break_record(store: Store, job_id: str) -> None:
    assert do(store, "HDEL", store.keys.job(job_id), "t") == 1


class TestTheRecordOfAWorkflow:
    """Its nodes end, who waits for it goes on, and its keys go."""

    def test_it_is_met_when_a_node_ends(self, store: Store, read: Reading, crew: Crew) -> None:
        """Fault 69."""
        send(store, a_workflow(chain(group("a", "b", chain("c", "d")), "e"), timeout_ms=60_000))
        submit(store, a_job("after", after=("w",)))
        crew.worker.claim(1)
        crew.look()
        break_record(store, "w")
        crew.end("2")
        follow(store)
        assert ending(read, "after") == ("skipped", "upstream_failed", "w")
        assert set(crew.worker.heartbeat().orders) == {"w.1", "w.3"}
        assert not own_keys(store)

    def test_nodes_that_wait_for_a_worker_end_with_it(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(group("a", "b", step("c", delay_ms=60_000))))
        crew.worker.claim(1)
        break_record(store, "w")
        assert cancel(store, "w") == ["UNKNOWN"]
        follow(store)
        assert [ending(read, node)[0] for node in ("w.2", "w.3")] == ["cancelled", "cancelled"]
        assert not own_keys(store)
        assert crew.look() == []

    def test_one_that_was_scheduled_goes_when_it_is_due(self, store: Store) -> None:
        send(store, a_workflow(chain("a", "b"), delay_ms=60_000))
        break_record(store, "w")
        make_due(store, "w")
        store.do(store.verbs.promote())
        follow(store)
        assert not own_keys(store)

    def test_one_that_took_the_place_of_a_job_lets_that_one_end(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        store.do(store.verbs.replace("w1", [settled(crew.claims.pop("1"), instead=a_workflow("z", "i"))]))
        break_record(store, "i")
        crew.end("1")
        follow(store)
        assert ending(read, "w.1")[0] == "lost"
        assert ending(read) == ("lost", "worker_lost", "w.1")

    def test_one_that_somebody_deleted_takes_its_nodes_with_it(self, store: Store, read: Reading, crew: Crew) -> None:
        """Fault 69."""
        send(store, a_workflow(group("a", "b")))
        submit(store, a_job("after", after=("w",)))
        crew.look()
        do(store, "DEL", store.keys.job("w"))
        crew.end("1")
        follow(store)
        assert set(crew.worker.heartbeat().orders) == {"w.2"}
        assert ending(read, "after")[0] == "skipped"
        assert not own_keys(store)


class TestAPlan:
    @pytest.mark.parametrize("field", ["1", "2", "plan"])
    @pytest.mark.parametrize("text", UNREADABLE)
    def test_one_that_cannot_be_read_ends_its_workflow_as_lost_and_nothing_else(
        self, store: Store, read: Reading, crew: Crew, field: str, text: str
    ) -> None:
        send(store, a_workflow(chain("a", "b"), timeout_ms=60_000))
        submit(store, "plain", a_job("after", after=("plain",)), a_job("dependent", after=("w",)))
        crew.look()
        do(store, "HSET", store.keys.nodes("w"), field, text)
        both = [settled(crew.claims.pop(name)) for name in ("plain", "1")]
        assert store.do(store.verbs.complete("w1", both)) == [Answer.OK, Answer.OK]
        follow(store)
        assert ending(read)[0] == "lost"
        assert ending(read, "plain")[0] == "succeeded"
        assert crew.look() == ["after"]
        assert ending(read, "dependent") == ("skipped", "upstream_failed", "w")
        assert not own_keys(store)
        assert read.workflow("w") is None

    @pytest.mark.parametrize("field", ["1", "2", "plan"])
    def test_reading_it_tells_what_can_be_read(self, store: Store, read: Reading, crew: Crew, field: str) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.end("1")
        source = sources(crew)["2"]
        do(store, "HSET", store.keys.nodes("w"), field, "garbage")
        state = read.workflow("w")
        assert (state is None) if field == "plan" else state is not None and set(state.nodes) == {"1", "2"} - {field}
        assert [job.id for job in read.jobs(["w.1", "w.2"])] == ["w.1", "w.2"]
        if field == "1":
            with pytest.raises(InputGone):
                read.input("w", source)

    def test_one_of_a_group_that_cannot_be_read_is_met_at_the_end_of_a_member(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain(group("a", "b", "c", max_parallel=1), "d")))
        crew.look()
        do(store, "HSET", store.keys.nodes("w"), "g1", "garbage")
        crew.end("1")
        follow(store)
        assert ending(read)[0] == "lost"
        assert not own_keys(store)
        assert crew.look() == []

    def test_its_time_limit_does_not_stumble_over_it(self, store: Store, read: Reading) -> None:
        send(store, a_workflow(chain("a", "b"), timeout_ms=1000))
        do(store, "HSET", store.keys.nodes("w"), "plan", "garbage")
        pass_deadlines(store)
        follow(store)
        assert ending(read)[0] == "lost"
        assert not own_keys(store)

    @pytest.mark.parametrize("verb", ["cancel", "extend"])
    def test_who_asks_for_something_finds_it_given_up(self, store: Store, read: Reading, verb: str) -> None:
        send(store, a_workflow(chain("a", group("b", open=True))))
        for field in ("2", "g1"):
            do(store, "HSET", store.keys.nodes("w"), field, "garbage")
        if verb == "cancel":
            assert cancel(store, "w.2") == ["UNKNOWN"]
        else:
            assert store.do(store.verbs.seal("w", "g1", "token")) == "UNKNOWN"
        follow(store)
        assert ending(read)[0] == "lost"
        assert not own_keys(store)

    def test_one_that_is_gone_leaves_nothing_behind(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", max_fail=1), "c"), timeout_ms=60_000))
        crew.look()
        crew.fail("1")
        do(store, "DEL", store.keys.nodes("w"))
        crew.end("2")
        follow(store)
        assert ending(read)[0] == "lost"
        assert not own_keys(store)

    def test_one_of_many_nodes_is_given_up_a_part_at_a_time(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(group(*("a" for _ in range(450)))))
        follow(store)
        do(store, "HSET", store.keys.nodes("w"), "g1", "garbage")
        crew.worker.complete(crew.worker.take())
        left = [do(store, "ZCARD", store.keys.live("w"))]
        while store.do(store.verbs.follow())[1]:
            left.append(do(store, "ZCARD", store.keys.live("w")))
        assert max(before - after for before, after in pairwise(left)) <= 250
        assert not own_keys(store)
        assert crew.look() == []


class TestTheRecordOfANode:
    @pytest.mark.damaged("its id stays in the queue until it is claimed")
    def test_cancelling_its_workflow_ends_one_that_stands_in_a_queue(self, store: Store, read: Reading) -> None:
        send(store, a_workflow(chain("a", "b")))
        break_record(store, "w.1")
        assert cancel(store, "w") == ["RUNNING"]
        follow(store)
        assert ending(read)[0] == "cancelled"

    @pytest.mark.damaged("its id stays in the queue until it is claimed")
    def test_cancelling_it_lets_its_workflow_go_on(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(step("a", delay_ms=60_000), "h!")))
        break_record(store, "w.1")
        assert cancel(store, "w.1") == ["UNKNOWN"]
        follow(store)
        assert fates(read) == {"1": "lost"}
        assert crew.look() == ["2"]

    @pytest.mark.parametrize("by", ["who has its task", "the next claim", "cancel"])
    def test_one_that_is_parked_for_a_task_that_nobody_has_is_lost(
        self, store: Store, read: Reading, worker: SeedWorker, by: str
    ) -> None:
        send(store, a_workflow(chain("a", "b")))
        worker.release(worker.take(), missing=True)
        break_record(store, "w.1")
        if by == "cancel":
            cancel(store, "w")
        if by == "who has its task":
            do(store, "HSET", store.keys.worker("w1"), "catalog", "digest")
            do(store, "SETEX", store.keys.catalog("digest"), 60, '{"a":{}}')
        worker.claim()
        follow(store)
        assert ending(read)[0] == ("cancelled" if by == "cancel" else "lost")
        assert do(store, "EXISTS", store.keys.parked_in("default")) == 0

    def test_one_that_is_parked_at_a_limit_is_lost_when_it_comes_back(self, store: Store, read: Reading) -> None:
        worker = SeedWorker(store, "w1").register(task_a={"running": 1})
        send(store, a_workflow(group("a", chain("a", "b"))))
        (first,) = worker.claim(2)
        other = "w.2" if first.id == "w.1" else "w.1"
        break_record(store, other)
        worker.complete(first)
        follow(store)
        assert fates(read)[other[2:]] == "lost"
        assert do(store, "EXISTS", store.keys.parked_in("default")) == 0


class TestWhatIsNoNode:
    @pytest.mark.parametrize("name", ["1-7", "on_error-5", "plan", "g1", "secrets", "g1 0", "t g1 0"])
    def test_it_can_neither_be_cancelled_nor_closed(self, store: Store, read: Reading, crew: Crew, name: str) -> None:
        send(store, a_workflow(chain(step("a", secrets=b"s"), group("b")), on_error="e", each_error=True))
        assert cancel(store, f"w.{name}") == ["UNKNOWN"]
        assert name == "g1" or store.do(store.verbs.seal("w", name, "token")) == "UNKNOWN"
        follow(store)
        assert read.job("w").state is State.RUNNING
        assert crew.look() == ["1"]
        assert not fates(read)
        assert not read.jobs([f"w.{name}-0"])

    def test_cancelling_what_comes_after_the_end_is_no_failure(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow("a", on_error="e"))
        assert cancel(store, "w.on_error") == ["OK"]
        crew.end("1")
        assert ending(read) == ("succeeded", None, None)
        assert read.job("w").failed_nodes == 0


class TestWhatIsRemovedByAndBy:
    def test_it_goes_also_if_its_workflow_is_given_up_meanwhile(self, store: Store, crew: Crew) -> None:
        """A large set or hash goes some hundred elements a call: its steps are not those of its workflow."""
        send(store, a_workflow(group("a", "b")))
        crew.fail("1")
        crew.end("2")
        do(store, "SADD", store.keys.done("w.g1"), *range(100, 5_000))
        assert store.do(store.verbs.revive(["w"])) == ["OK"]
        assert discarded(store)
        do(store, "HSET", store.keys.nodes("w"), "plan", "garbage")
        cancel(store, "w")
        follow(store)
        assert not discarded(store)
        assert not own_keys(store)


def discarded(store: Store) -> list[str]:
    return [name for name in everything(store) if name.startswith("discarded")]
