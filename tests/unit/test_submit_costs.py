"""What a submit costs: how often it goes to Redis; that the short way of a single job ends where the long one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from qctl.client import Client, Instance
from qctl.client.sending import SomeRefused, SomeUnknown
from qctl.config import Config
from qctl.config.requests import DisabledTask, Options, Request, prepare
from qctl.errors import OutcomeUnknown, QctlError, RedisUnreachable, UsageError
from qctl.model.call import Call, Kind
from qctl.model.params import ParameterError
from qctl.model.task import Param, ParamType, Task
from qctl.store import Command, Store
from qctl.store.keys import Keys
from qctl.store.refusals import ConnectionBroken
from qctl.store.transport import Transport

MB = 1024 * 1024
MOST_JOBS = 500  #: of one call of the script, which must not hold Redis up

Trip = list[tuple[Any, ...]]


class Answering:
    """A transport to nobody that takes all jobs, but for the answers that it was given."""

    timeout = 3.0

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.trips: list[Trip] = []

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        self.trips.append([command.words for command in commands])
        return [command.read(self._answer()) for command in commands]

    def _answer(self) -> Any:
        answer = self.answers.pop(0) if self.answers else b"NEW"
        if isinstance(answer, QctlError):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing is open."""


TASKS = {
    task.name: task
    for task in (
        Task(name="noop", kind=Kind.CALL, call="m:noop", file="/srv/tasks.toml", line=3, hash="0123456789ab"),
        Task(
            name="add",
            kind=Kind.CALL,
            call="m:add",
            params=(Param(name="a", type=ParamType.INT), Param(name="b", type=ParamType.INT, default=1)),
            expires=60.0,
            priority=7,
            tags=("sums",),
        ),
        Task(name="echo", kind=Kind.CALL, call="m:echo", params=(Param(name="text"),)),
        Task(name="disabled", kind=Kind.CALL, call="m:no", enabled=False),
        Task(name="once", kind=Kind.CALL, call="m:once", unique="params"),
    )
}
CONFIG = Config(tasks=TASKS, routes=(("add", "sums"),))
ADD = {"a": 1}


def client_of(transport: Answering) -> Client:
    ids = iter(f"{number:08}" for number in range(200_000))
    store = Store(cast("Transport", transport), Keys("qctl"))
    return Client(store, CONFIG, Instance("", "", "qctl", embedded=False), draw_id=ids.__next__)


@pytest.mark.parametrize(
    ("count", "size", "trips"),
    [
        pytest.param(1, 10, 1, id="one"),
        pytest.param(1_000, 10, 1, id="a thousand"),
        pytest.param(20_000, 10, 1, id="as many as Redis takes within a short timeout"),
        pytest.param(100_000, 10, 5, id="a hundred thousand"),
        pytest.param(40, MB // 2, 2, id="large ones"),
    ],
)
def test_twenty_thousand_jobs_go_in_one_round_trip_up_to_sixteen_megabytes(count: int, size: int, trips: int) -> None:
    transport = Answering()
    requests = (Request(task="echo", params={"text": "x" * size}) for _ in range(count))

    receipts = client_of(transport).submit(requests)

    assert len(receipts) == len({receipt.id for receipt in receipts}) == count
    assert len(transport.trips) == trips
    for words in (words for trip in transport.trips for words in trip):
        bodies = [word for word in words if isinstance(word, bytes) and word.startswith(b'{"task"')]
        assert 1 <= len(bodies) <= MOST_JOBS
        assert len(bodies) == 1 or sum(map(len, bodies)) <= MB


def test_jobs_of_one_kind_say_once_what_they_have_in_common() -> None:
    transport = Answering()
    client_of(transport).submit([Request(task="noop")] * 100)
    ((words,),) = transport.trips
    assert len(words) <= 2 * 100 + 15


#: Calls of `Client.put`, and the same as requests.
CALLS: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("noop", {}, ()),
    ("add", {"a": 1}, ()),
    ("add", {"a": 1, "b": 2}, ()),
    ("add", {}, (1,)),
    ("add", {}, (1, 2)),
]


@pytest.mark.parametrize(("task", "params", "args"), CALLS, ids=str)
def test_a_single_job_is_the_same_by_the_short_way(task: str, params: dict[str, Any], args: tuple[Any, ...]) -> None:
    transport = Answering()
    client = client_of(transport)
    named = params | dict(zip(("a", "b"), args, strict=False))
    submission = prepare(Request(task=task, params=named), CONFIG, draw=lambda: "00000001")

    assert client.put(task, params, args) == "00000001"

    (words,) = transport.trips[-1]
    assert client.store.job_verbs.submit([submission]).words == words
    assert Call.decode(submission.body).params == (named | {"b": named.get("b", 1)} if task == "add" else {})


@pytest.mark.parametrize(
    ("task", "params", "args"),
    [("once", {}, ()), ("unknown", {}, ()), ("disabled", {}, ()), ("add", {"b": 1}, (1,)), ("add", {}, (1, 2, 3))],
    ids=str,
)
def test_what_takes_more_than_a_look_at_its_parameters_goes_the_long_way(
    task: str, params: dict[str, Any], args: tuple[Any, ...]
) -> None:
    transport = Answering()
    assert client_of(transport).put(task, params, args) is None
    assert transport.trips == []


@pytest.mark.parametrize("answer", [[b"COLLISION", b"00000001"], [b"FULL", b"10"]], ids=lambda answer: str(answer[0]))
def test_a_job_that_was_not_taken_goes_the_long_way(answer: list[bytes]) -> None:
    assert client_of(Answering(answer)).put("noop", {}) is None


def test_a_job_that_was_taken_by_the_first_of_two_tries_is_taken() -> None:
    """Fault 46."""
    transport = Answering(ConnectionBroken(url="r", reason="gone"), [b"EXISTS", b"00000001"])
    assert client_of(transport).put("noop", {}) == "00000001"
    first, second = transport.trips
    assert first == second


def test_nobody_knows_what_became_of_a_job_when_the_connection_broke_twice() -> None:
    """Fault 46."""
    gone = ConnectionBroken(url="r", reason="gone")
    with pytest.raises(OutcomeUnknown) as told:
        client_of(Answering(gone, gone)).put("noop", {})
    assert told.value.facts["id"] == "00000001"


@pytest.mark.parametrize(
    ("request_for", "error"),
    [
        (lambda: Request(task="add", params={"a": "one"}), ParameterError),
        (lambda: Request(task="add", params={"c": 1}), ParameterError),
        (lambda: Request(task="disabled"), DisabledTask),
        (lambda: Request(task="add", params=ADD, options=Options(priority=10)), UsageError),
        (lambda: Request(task="add", params=ADD, options=Options(expires=1, countdown=2)), UsageError),
    ],
)
def test_one_bad_request_among_good_ones_is_found_before_anything_is_sent(
    request_for: Callable[[], Request], error: type[QctlError]
) -> None:
    transport = Answering()
    good = Request(task="add", params=ADD)
    with pytest.raises(error):
        client_of(transport).submit([good, good, request_for(), good])
    assert transport.trips == []


def test_a_job_is_made_by_what_its_own_request_says_and_not_by_the_one_before() -> None:
    """What jobs of a task have in common is settled once: only for those that have it in common."""
    wanted = [
        Request(task="add", params=ADD),
        Request(task="add", params={"a": 2}, options=Options(queue="other", tags=("late",))),
        Request(task="add", params={"a": 3}, by="somebody@else"),
        Request(task="add", params={"a": 4}, schedule="hourly", at_ms=0),
        Request(task="add", params={"a": 5}, options=Options(after=("one",))),
        Request(task="add", params=ADD),
        Request(task="adhoc", args=("true",), adhoc=True, cwd="/srv"),
        Request(task="adhoc", args=("true",), adhoc=True, cwd="/tmp"),
    ]
    apart = [prepare(one, CONFIG, draw=lambda: "one") for one in wanted]
    transport = Answering([b"NEW", b"one"] * len(wanted))
    client_of(transport).submit(wanted)
    bodies = [word for word in transport.trips[-1][0] if isinstance(word, bytes) and word.startswith(b"{")]
    assert bodies == [one.body for one in apart]
    assert len(set(bodies)) == len(bodies) - 1


def many_of(count: int) -> list[tuple[str, dict[str, Any]]]:
    """Calls of two tasks by turns, a hundred at a time."""
    return [("noop", {}) if number % 200 < 100 else ("add", {"a": number}) for number in range(count)]


def said_in(trips: list[Trip]) -> list[tuple[str, bytes]]:
    """The ids and bodies of all jobs that were sent, in order."""
    words = [word for trip in trips for call in trip for word in call]
    return [(str(words[at - 1]), word) for at, word in enumerate(words) if str(word).startswith("b'{")]


def test_many_jobs_are_the_same_by_the_short_way() -> None:
    short, long = Answering(), Answering()
    calls = many_of(1_234)

    ids = client_of(short).put_many(calls)
    client_of(long).submit(Request(task=task, params=params) for task, params in calls)

    assert ids is not None
    assert [job for job, _ in said_in(short.trips)] == ids
    assert [body for _, body in said_in(short.trips)] == [body for _, body in said_in(long.trips)]
    assert [len(trip) for trip in short.trips] == [13]


@pytest.mark.parametrize(
    "call", [("once", {}), ("unknown", {}), ("disabled", {}), ("add", {"a": "one"}), ("add", {"c": 1})]
)
def test_of_many_one_that_takes_more_than_a_look_sends_all_of_them_the_long_way(call: tuple[str, Any]) -> None:
    transport = Answering()
    assert client_of(transport).put_many([*many_of(600), call, *many_of(10)]) is None
    assert transport.trips == []


def test_many_large_jobs_go_in_calls_of_a_megabyte_and_trips_of_sixteen() -> None:
    transport = Answering()
    ids = client_of(transport).put_many([("echo", {"text": "x" * (MB // 3)})] * 100)
    assert ids is not None
    assert len(ids) == 100
    sizes = [[sum(len(word) for word in call if isinstance(word, bytes)) for call in trip] for trip in transport.trips]
    assert max(size for trip in sizes for size in trip) <= MB
    assert max(sum(trip) for trip in sizes) <= 16 * MB


def test_where_one_of_many_is_not_new_all_are_told_of_under_the_same_ids() -> None:
    """It is the job that another call has taken, or one of another job's id, which is drawn again."""
    answered = [word for number in range(3) for word in (b"NEW" if number else b"COLLISION", b"%08d" % (number + 1))]
    again = [word for number in range(3) for word in (b"EXISTS" if number else b"COLLISION", b"%08d" % (number + 1))]
    transport = Answering(answered, again, [b"NEW", b"00000004"])
    assert client_of(transport).put_many([("noop", {})] * 3) == ["00000004", "00000002", "00000003"]
    first, second, third = ([job for job, _ in said_in([trip])] for trip in transport.trips)
    assert first == second == ["00000001", "00000002", "00000003"]
    assert third == ["00000004"]


def test_a_full_queue_among_many_tells_how_many_were_accepted() -> None:
    full = [b"NEW", b"00000001", b"FULL", b"1"]
    with pytest.raises(SomeRefused) as told:
        client_of(Answering(full, [b"EXISTS", b"00000001", b"FULL", b"1"])).put_many([("noop", {})] * 2)
    assert told.value.facts["accepted"] == 1
    assert [receipt.id for receipt in told.value.receipts] == ["00000001"]


def test_many_jobs_that_nobody_has_heard_of_before_the_connection_broke_are_sent_again() -> None:
    """Fault 46: those that were taken are answered EXISTS."""
    gone = ConnectionBroken(url="r", reason="gone")
    exists = [word for number in range(3) for word in (b"EXISTS", b"%08d" % (number + 1))]
    transport = Answering(gone, gone, exists)
    assert client_of(transport).put_many([("noop", {})] * 3) == ["00000001", "00000002", "00000003"]


def test_nobody_knows_what_became_of_many_when_the_connection_broke_and_nobody_is_there() -> None:
    """Fault 46."""
    gone, nobody = ConnectionBroken(url="r", reason="gone"), RedisUnreachable(url="r", reason="refused")
    with pytest.raises(SomeUnknown) as told:
        client_of(Answering(gone, nobody, nobody)).put_many([("noop", {})] * 3)
    assert (told.value.facts["accepted"], told.value.facts["count"]) == (0, 3)


def test_before_anything_was_sent_it_is_known_of_many_that_nothing_was() -> None:
    with pytest.raises(RedisUnreachable) as told:
        client_of(Answering(RedisUnreachable(url="r", reason="refused"))).put_many([("noop", {})] * 3)
    assert not isinstance(told.value, ConnectionBroken)


def test_an_id_that_is_drawn_twice_for_one_submit_is_drawn_again() -> None:
    """Of two jobs of one id and one body the second would be taken for the first."""
    ids = iter(["like", "one", "two", "one", "one", "two", "three"])
    store = Store(cast("Transport", Answering()), Keys("qctl"))
    client = Client(store, CONFIG, Instance("", "", "qctl", embedded=False), draw_id=ids.__next__)
    assert client.put_many([("noop", {})] * 3) == ["one", "two", "three"]
