"""Submitting: what is checked before anything is sent, and what becomes of it when the answer is lost."""

from __future__ import annotations

from itertools import chain

import pytest

from qctl.client import Client, open_client
from qctl.client.sending import SomeRefused
from qctl.config import BrokenTask, Config
from qctl.config.requests import Options, Request
from qctl.errors import NotFound, OutcomeUnknown, RedisUnreachable, Refused, UsageError
from qctl.model.params import ParameterError
from qctl.model.state import State
from qctl.model.submission import IfExists
from qctl.store import Store
from qctl.store.taken import Taken
from tests.support.proxy import Proxy


def test_a_call_carries_bound_parameters_the_definition_and_who_asked(client: Client) -> None:
    (receipt,) = client.submit([Request(task="greet", options=Options(tags=("now",), labels={"env": "prod"}))])
    call = client.job(receipt.id).call
    assert call.params == {"name": "world"}
    assert call.tags == ("daily", "now")
    assert call.labels == {"env": "prod"}
    assert call.tries == 3
    assert "@" in call.by
    assert (call.file, call.line) == (client.config.file, 5)
    assert call.hash == client.config.task("greet").hash


def test_a_calls_queue_beats_the_tasks_and_that_beats_a_route(client: Client) -> None:
    routed, chosen = client.submit(
        [Request(task="mail-out"), Request(task="mail-out", options=Options(queue="post", priority=9))]
    )
    assert client.job(routed.id).queue == "letters"
    assert (client.job(chosen.id).queue, client.job(chosen.id).priority) == ("post", 9)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(task="greet", params={"nmae": "x"}), ParameterError),
        (Request(task="greeet"), NotFound),
        (Request(task="sleepy"), Refused),
        (Request(task="greet", options=Options(queue="no queue")), UsageError),
        (Request(task="greet", options=Options(key="a{b}")), UsageError),
        (Request(task="greet", options=Options(priority=10)), UsageError),
        (Request(task="greet", options=Options(retries=-1)), UsageError),
        (Request(task="greet", options=Options(countdown=5, expires=1)), UsageError),
        (Request(task="greet", options=Options(countdown=5, expires=5)), UsageError),
        (Request(task="greet", options=Options(eta_ms=4_000_000_000_000, expires=60)), UsageError),
    ],
)
def test_what_is_wrong_is_refused_before_the_first_job_is_sent(
    client: Client, request_: Request, error: type[Exception]
) -> None:
    with pytest.raises(error):
        client.submit([Request(task="greet"), request_])
    assert client.reading.active(10) == []


def test_a_broken_task_is_refused_by_name_and_the_others_are_not(client: Client) -> None:
    """R6."""
    with pytest.raises(BrokenTask, match="crooked") as refused:
        client.submit([Request(task="crooked")])
    assert refused.value.exit_code == 78
    assert len(client.submit([Request(task="greet")])) == 1


def test_a_task_that_only_workers_know_goes_through_unchecked_when_asked_to(client: Client) -> None:
    (receipt,) = client.submit([Request(task="elsewhere", params={"any": [1]})], strict=False)
    assert client.job(receipt.id).call.params == {"any": [1]}


def test_a_thousand_jobs_go_in_few_round_trips_and_keep_their_order(client: Client) -> None:
    receipts = client.submit(Request(task="greet", params={"name": str(n)}) for n in range(1200))
    assert len({receipt.id for receipt in receipts}) == 1200
    names = [job.call.params["name"] for job in client.reading.active(1200)]
    assert names == [str(n) for n in range(1200)]


def test_a_key_names_one_job_whatever_is_asked_again(client: Client) -> None:
    keyed = Options(key="nightly")
    (first,) = client.submit([Request(task="greet", options=keyed)])
    (again,) = client.submit([Request(task="greet", params={"name": "x"}, options=keyed)])
    assert (again.taken, again.id) == (Taken.HELD, first.id)
    with pytest.raises(Refused, match=first.id):
        client.submit([Request(task="greet", options=Options(key="nightly", if_exists=IfExists.FAIL))])


def test_an_id_that_the_caller_chose_and_another_job_has_is_refused(client: Client) -> None:
    taken = Options(id="7kq2f8wz")
    client.submit([Request(task="greet", options=taken)])
    (again,) = client.submit([Request(task="greet", options=taken)])
    assert (again.taken, again.id) == (Taken.EXISTS, "7kq2f8wz"), "the same job once more"
    with pytest.raises(Refused, match="7kq2f8wz"):
        client.submit([Request(task="greet", params={"name": "other"}, options=taken)])
    assert len(client.reading.active(10)) == 1


def test_a_drawn_id_that_another_job_has_is_drawn_again(client: Client, store: Store) -> None:
    client.submit([Request(task="greet", options=Options(id="7kq2f8wz"))])
    draws = iter(["7kq2f8wz", "7kq2f8wz", "7kq2f8x0"])
    other = Client(store, client.config, client.instance, draw_id=draws.__next__)
    (receipt,) = other.submit([Request(task="greet", params={"name": "other"})])
    assert (receipt.taken, receipt.id) == (Taken.NEW, "7kq2f8x0")


def drawing(client: Client, store: Store, *first: str) -> Client:
    """A client that draws these ids first."""
    draws = chain(first, (f"7kq2f8{number:02}" for number in range(100)))
    return Client(store, client.config, client.instance, draw_id=draws.__next__)


def test_a_drawn_id_that_a_job_just_like_it_has_is_drawn_again(client: Client, store: Store) -> None:
    """Else the new job would be taken for the other, and never run."""
    client.submit([Request(task="greet", options=Options(id="7kq2f8wz"))])
    (receipt,) = drawing(client, store, "7kq2f8wz", "7kq2f8wz").submit([Request(task="greet")])
    assert (receipt.taken, receipt.id) == (Taken.NEW, "7kq2f800")


def test_of_many_jobs_one_whose_drawn_id_a_job_just_like_it_has_gets_another(client: Client, store: Store) -> None:
    client.submit([Request(task="greet", options=Options(id="7kq2f8wz"))])
    receipts = drawing(client, store, "job1", "job2", "7kq2f8wz").submit([Request(task="greet") for _ in range(6)])
    told = [receipt.id for receipt in receipts]
    assert "7kq2f8wz" not in told
    assert {job.id for job in client.reading.active(10)} == {"7kq2f8wz", *told}
    assert len(set(told)) == 6


def test_a_prepared_task_leaves_an_id_that_a_job_just_like_it_has_to_the_long_way(client: Client, store: Store) -> None:
    client.submit([Request(task="greet", options=Options(id="7kq2f8wz"))])
    other = drawing(client, store, "like", "7kq2f8wz")
    assert (other.put("greet", {}), other.put("greet", {})) == (None, "7kq2f800")


def test_of_several_jobs_a_refused_one_does_not_hide_those_that_were_accepted(client: Client) -> None:
    held = Options(key="nightly", if_exists=IfExists.FAIL)
    wanted = [Request(task="greet", options=one) for one in (Options(), held, held, Options())]
    with pytest.raises(SomeRefused, match="3 of 4 jobs were accepted, not number 3: key nightly") as refused:
        client.submit(wanted)
    assert refused.value.exit_code == 5
    assert {receipt.id for receipt in refused.value.receipts} == {job.id for job in client.reading.active(10)}
    assert refused.value.accepted == tuple(receipt.id for receipt in refused.value.receipts)


def test_a_connection_that_breaks_amid_many_jobs_tells_how_many_were_accepted_and_the_first_that_is_not_known(
    proxy: Proxy, config: Config, namespace: str
) -> None:
    requests = [Request(task="greet", options=Options(id=f"job{n:04}")) for n in range(600)]
    with open_client(config, proxy.url, namespace) as client:
        proxy.cut(b"job0500", times=4)  # twice with all the others, then twice without them
        with pytest.raises(OutcomeUnknown, match="500 of 600 jobs were accepted; nobody knows of job0500 ") as unknown:
            client.submit(requests)
    assert "job0501" not in str(unknown.value)
    assert unknown.value.advice == "qctl show job0500"
    assert unknown.value.accepted == tuple(f"job{n:04}" for n in range(500))


def test_a_lost_answer_leaves_one_job_under_the_same_id(proxy: Proxy, config: Config, namespace: str) -> None:
    """Fault 46."""
    with open_client(config, proxy.url, namespace) as client:
        proxy.cut(b"EVAL")
        (receipt,) = client.submit([Request(task="greet")])
        assert receipt.taken is Taken.EXISTS
        assert [job.id for job in client.reading.active(10)] == [receipt.id]


def test_answers_that_keep_being_lost_end_in_an_unknown_outcome_that_names_the_id(
    proxy: Proxy, config: Config, redis_url: str, namespace: str
) -> None:
    """Fault 46, exit code 76."""
    with open_client(config, proxy.url, namespace) as client:
        proxy.cut(b"EVAL", times=2)
        with pytest.raises(OutcomeUnknown) as unknown:
            client.submit([Request(task="greet")])
    with open_client(config, redis_url, namespace) as direct:
        (job,) = direct.reading.active(10)
    assert job.id in str(unknown.value)
    assert (job.state, unknown.value.exit_code) == (State.QUEUED, 76)


def test_a_server_that_is_not_there_is_a_clear_refusal(config: Config, namespace: str) -> None:
    with (
        open_client(config, "unix:///nowhere/redis.sock", namespace) as client,
        pytest.raises(RedisUnreachable) as refused,
    ):
        client.submit([Request(task="greet")])
    assert refused.value.exit_code == 69
    assert "/nowhere/redis.sock" in str(refused.value)
    assert "qctl --redis URL" in refused.value.advice
