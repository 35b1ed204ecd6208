"""tell: nothing -> queued. Notices become jobs, each once; those of a flood are counted, and old ones dropped."""

from __future__ import annotations

import json

from qctl.model.notice import Notice, Occasion
from qctl.store import Reading, Store
from tests.support.notices import notices, occasions, pending, run_one, said, tell_all, watch
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, changed, everything


class TestTelling:
    def test_a_notice_and_its_job_change_places_in_one_call(self, store: Store, worker: SeedWorker) -> None:
        watch(worker)
        run_one(store, worker, "one", well=False)
        before = everything(store)

        assert tell_all(store) == ["NEW"]

        after = changed(before, everything(store))
        assert (after["notices:ops"], after["job:t0 s"], after["events"]) == (None, "queued", ["tell t0"])

    def test_two_workers_that_have_found_the_same_notice_tell_it_once(self, store: Store, worker: SeedWorker) -> None:
        watch(worker)
        run_one(store, worker, "one", well=False)
        (found,) = pending(store)

        answers = [store.do(store.verbs.tell([(found, a_job(job, "notify.ops"))])) for job in ("mine", "yours")]

        assert answers == [["NEW"], ["GONE"]]
        assert Reading(store).recent() == ["mine", "one"]

    def test_the_same_call_once_more_tells_nothing_again(self, store: Store, worker: SeedWorker) -> None:
        """Fault 46: the answer was lost, and the worker may draw another id before it asks again."""
        watch(worker)
        run_one(store, worker, "one", well=False)
        (found,) = pending(store)
        call = store.verbs.tell([(found, a_job("t", "notify.ops"))])
        store.do(call)
        before = everything(store)

        assert store.do(call) == ["GONE"]
        assert changed(before, everything(store)) == {}

    def test_a_notice_whose_job_could_not_be_taken_stays(self, store: Store, worker: SeedWorker) -> None:
        watch(worker)
        run_one(store, worker, "one", well=False)
        (found,) = pending(store)

        assert store.do(store.verbs.tell([(found, a_job("one", "notify.ops", body=b"{}"))])) == ["COLLISION"]
        assert pending(store) == [found]

    def test_a_name_that_a_worker_does_not_have_is_left_to_another(self, store: Store, worker: SeedWorker) -> None:
        watch(worker)
        run_one(store, worker, "one", well=False)

        assert pending(store, "dev") == []
        assert occasions(store, "ops") == ["fail one"]

    def test_what_nobody_could_tell_in_a_day_is_dropped_with_an_event(self, store: Store, worker: SeedWorker) -> None:
        watch(worker)
        run_one(store, worker, "one", well=False)
        (found,) = pending(store)
        old = Reading(store).now_ms() - 24 * HOUR_MS - 1
        said(store, "ZADD", store.keys.notices("ops"), old, found.text)
        before = everything(store)

        assert store.do(store.verbs.notices([], 1)) == []
        assert changed(before, everything(store)) == {
            "notices:ops": None,
            "notify_names": None,
            "events": ["untold one"],
        }

    def test_what_nobody_tells_keeps_no_other_name_waiting(self, store: Store, worker: SeedWorker) -> None:
        """Of a name that no worker has any more, there may be many more than are read at once."""
        watch(worker, name="gone")
        run_one(store, worker, "one", well=False)
        (found,) = pending(store, "gone")
        earlier = Reading(store).now_ms() - HOUR_MS
        for number in range(600):
            said(store, "ZADD", store.keys.notices("gone"), earlier, b"%016d" % number + found.text[16:])
        watch(worker, name="ops")
        run_one(store, worker, "two", well=False)

        assert occasions(store, "ops") == ["fail two"]

    def test_names_are_told_in_turn(self, store: Store, worker: SeedWorker) -> None:
        """One whose jobs find no place comes back in each answer."""
        names = {"ops": {"on": ["output"]}, "dev": {"on": ["output"]}}
        worker.register(notify_tidy={"tell": names})
        for number in range(5):
            run_one(store, worker, f"j{number}", log=b"packed")

        found = store.do(store.verbs.notices(["ops", "dev"], 4))

        assert [Notice.decode(one.text).name for one in found] == ["ops", "dev", "ops", "dev"]

    def test_a_job_remembers_who_was_told_of_it_as_long_as_there_is_the_job(
        self, store: Store, worker: SeedWorker
    ) -> None:
        worker.register(notify_tidy={"tell": {"ops": {"on": ["fail"]}, "dev": {"on": ["fail"]}}})
        run_one(store, worker, "one", well=False)
        for name in ("ops", "dev"):
            (found,) = pending(store, name)
            call = store.verbs.tell([(found, a_job(f"to-{name}", f"notify.{name}"))])
            assert [store.do(call) for _ in range(2)] == [["NEW"], ["GONE"]]

        told = Reading(store).told("one")

        assert [(each.occasion, each.name, each.by) for each in told] == [
            ("fail", "ops", "to-ops"),
            ("fail", "dev", "to-dev"),
        ]
        assert 0 <= Reading(store).now_ms() - told[0].at_ms < HOUR_MS
        said(store, "RPUSH", store.keys.notified("one"), "by hand")
        assert Reading(store).told("one") == told
        store.do(store.verbs.remove(["one"]))
        assert said(store, "EXISTS", store.keys.notified("one")) == 0

    def test_what_somebody_wrote_by_hand_is_dropped(self, store: Store) -> None:
        said(
            store,
            "ZADD",
            store.keys.notices("ops"),
            1,
            "{",
            Reading(store).now_ms(),
            "[]",
            Reading(store).now_ms(),
            "7",
        )

        assert pending(store) == []
        assert said(store, "EXISTS", store.keys.notices("ops")) == 0


class TestFloods:
    """At most 20 notices of a name in an hour."""

    def flood(self, store: Store, worker: SeedWorker, count: int) -> None:
        watch(worker, "output")
        for number in range(count):
            run_one(store, worker, f"j{number:02}", log=b"packed")

    def summary_now(self, store: Store) -> None:
        """Let the hour be over."""
        said(store, "DEL", store.keys.sent("ops"))
        for text in said(store, "ZRANGE", store.keys.notices("ops"), 0, -1):
            if json.loads(text[17:])["o"] == "flood":
                said(store, "ZADD", store.keys.notices("ops"), Reading(store).now_ms(), text)

    def test_more_are_counted_and_one_tells_their_number_when_the_hour_is_over(
        self, store: Store, worker: SeedWorker
    ) -> None:
        self.flood(store, worker, 25)
        assert len(occasions(store)) == 20
        assert tell_all(store) == ["NEW"] * 20
        assert pending(store) == []
        self.summary_now(store)

        (summary,) = notices(store)

        assert (summary.occasion, summary.count) == (Occasion.FLOOD, 5)
        assert tell_all(store, "s") == ["NEW"]
        assert said(store, "EXISTS", store.keys.more("ops"), store.keys.notices("ops")) == 0

    def test_what_comes_while_the_number_is_told_is_told_later(self, store: Store, worker: SeedWorker) -> None:
        self.flood(store, worker, 22)
        tell_all(store)
        self.summary_now(store)
        (found,) = pending(store)
        said(store, "INCRBY", store.keys.more("ops"), 3)

        assert store.do(store.verbs.tell([(found, a_job("s", "notify.ops"))])) == ["NEW"]
        self.summary_now(store)
        assert [notice.count for notice in notices(store)] == [3]

    def test_a_new_hour_begins_anew(self, store: Store, worker: SeedWorker) -> None:
        self.flood(store, worker, 21)
        tell_all(store)
        self.summary_now(store)
        run_one(store, worker, "next", log=b"packed")

        assert occasions(store) == ["flood", "output next"]
