"""Link: the transport that never waits. Round trips under way, broken servers, and answers in the order of asking."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import redis

from qctl.errors import NotPermitted, QctlError, RedisUnreachable
from qctl.store import Command, Keys, Store, Verbs, parse_address
from qctl.store.link import Link
from qctl.store.refusals import ConnectionBroken
from qctl.store.values import Claimed, Standing
from tests.support import PrivateRedis, eventually
from tests.support.store_seed import SeedWorker, a_job, settled, submit


@pytest.fixture
def link(redis_url: str) -> Iterator[Link]:
    opened = Link(parse_address(redis_url))
    yield opened
    opened.close()


@pytest.fixture
def verbs(store: Store) -> Verbs:
    return store.verbs


def answers_of(link: Link, trips: int = 1, within: float = 5.0) -> list[list[Any]]:
    """Live in a selector, as the worker does, until so many round trips were answered."""
    done: list[list[Any]] = []

    def turn() -> bool:
        writing = [link] if link.wants_write else []
        readable, writable, _ = select.select([link], writing, [], 0.1)
        if writable:
            link.flush()
        if readable:
            done.extend(link.receive())
        return len(done) >= trips

    eventually(turn, within, every=0)
    return done


def ask(link: Link, *commands: Command[Any]) -> list[Any]:
    link.send(commands)
    return answers_of(link)[0]


def echo(text: str) -> Command[Any]:
    return Command(("ECHO", text), bytes.decode)


def test_a_round_trip_is_answered_as_the_blocking_transports_answer_it(link: Link, verbs: Verbs) -> None:
    link.send([verbs.register("w", {}), verbs.submit([a_job()]), verbs.claim("w", 1, 1)])
    assert link.pending == 1
    ((registered, submitted, claimed),) = answers_of(link)
    assert registered[0] is Standing.OK
    assert submitted[0].taken == "NEW"
    assert isinstance(claimed, Claimed)
    assert claimed.claims[0].id == "one"
    assert not any((link.pending, link.wants_write))


def test_nothing_to_read_answers_nothing_at_once(link: Link) -> None:
    assert link.receive() == []


def test_many_round_trips_may_be_under_way_and_are_answered_in_their_order(link: Link) -> None:
    for trip in range(50):
        link.send([echo(f"{trip}-{n}") for n in range(trip % 4 + 1)])
    assert link.pending == 50
    assert answers_of(link, 50) == [[f"{trip}-{n}" for n in range(trip % 4 + 1)] for trip in range(50)]


def test_scripts_that_the_server_does_not_know_keep_the_order_of_answers(
    link: Link, store: Store, verbs: Verbs, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 37: the scripts' texts go out behind the round trips that were sent meanwhile."""
    submit(store, "one", "two", "three")
    redis_client.script_flush()

    link.send([echo("a"), verbs.claim("w1", 1, 1), echo("b")])
    link.send([echo("c")])
    link.send([verbs.heartbeat("w1"), verbs.claim("w1", 2, 1), verbs.submit([a_job("four")])])
    link.send([echo("d")])
    first, second, third, fourth = answers_of(link, 4)

    assert (first[0], first[2], second, fourth) == ("a", "b", ["c"], ["d"])
    assert [claim.id for claim in first[1].claims] == ["one"]
    assert third[0].standing is Standing.OK
    assert [claim.id for claim in third[1].claims] == ["two"]
    assert third[2][0].taken == "NEW"
    assert worker.heartbeat().owned == {"one": 1, "two": 1}


def test_an_error_stands_in_its_place_and_the_link_goes_on(link: Link, verbs: Verbs) -> None:
    link.send([echo("a"), Command(("HGETALL",), bytes), echo("b")])
    ((first, error, last),) = answers_of(link)
    assert (first, last) == ("a", "b")
    assert isinstance(error, QctlError)
    link.send([echo("c")])
    assert answers_of(link) == [["c"]]


def test_a_blocking_command_holds_up_its_own_link_only_until_a_token_comes(
    link: Link, store: Store, worker: SeedWorker
) -> None:
    wait = Command(("BLPOP", store.keys.wake("default"), store.keys.inbox("w1"), 5), lambda reply: reply)
    link.send([wait])
    assert link.receive() == []
    submit(store, "one")
    ((popped,),) = answers_of(link)
    assert popped[0] in (store.keys.wake("default").encode(), store.keys.inbox("w1").encode())


def test_megabytes_go_both_ways_without_waiting(
    link: Link, verbs: Verbs, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    body = bytes(range(256)) * 4096 * 8
    server = redis_client.info("server")["process_id"]
    os.kill(server, signal.SIGSTOP)
    try:
        link.send([verbs.submit([a_job("big", body=body)]), verbs.claim("w1", 1, 1)])
        assert link.wants_write, "eight megabytes do not fit in a socket's buffer"
    finally:
        os.kill(server, signal.SIGCONT)
    ((_, claimed),) = answers_of(link)
    (claim,) = claimed.claims
    assert claim.body == body
    link.send([verbs.complete("w1", [settled(claim)])])
    assert answers_of(link) == [[["OK"]]]


class TestOverASocketOfOurs:
    """A server that says what the test wants, byte by byte."""

    @pytest.fixture
    def far_end(self) -> Iterator[tuple[Link, socket.socket]]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            link = Link(parse_address(f"redis://127.0.0.1:{listener.getsockname()[1]}"))
            caller, _ = listener.accept()
            with caller:
                yield link, caller
            link.close()

    def test_answers_in_pieces_are_put_together(self, far_end: tuple[Link, socket.socket]) -> None:
        link, caller = far_end
        link.send([echo("x"), echo("y")])
        link.send([echo("z")])
        got: list[list[Any]] = []
        for piece in (b"$", b"5\r\nhel", b"lo\r\n", b"$1\r\n", b"y\r", b"\n$1\r\nz\r\n"):
            before = len(got)
            caller.sendall(piece)
            assert select.select([link], [], [], 5)[0]
            got += link.receive()
            assert len(got) == (2 if b"z" in piece else before)
        assert got == [["hello", "y"], ["z"]]

    def test_a_closed_connection_is_told_once_and_names_the_server(self, far_end: tuple[Link, socket.socket]) -> None:
        link, caller = far_end
        link.send([echo("x"), echo("y")])
        caller.sendall(b"$1\r\nx\r\n")
        caller.close()
        with pytest.raises(ConnectionBroken, match=r"127\.0\.0\.1.*closed the connection|reset"):
            answers_of(link)

    def test_what_is_no_redis_is_told_so(self, far_end: tuple[Link, socket.socket]) -> None:
        link, caller = far_end
        link.send([echo("x")])
        caller.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        with pytest.raises(ConnectionBroken, match="no Redis answers there"):
            answers_of(link)

    def test_silence_blocks_nobody(self, far_end: tuple[Link, socket.socket]) -> None:
        """Fault 50: the owner counts how long its round trips wait."""
        link, _ = far_end
        link.send([echo("x")])
        link.send([echo("y")])
        assert link.receive() == []
        assert link.pending == 2


class TestTrouble:
    def test_nobody_there_is_unreachable(self) -> None:
        with pytest.raises(RedisUnreachable):
            Link(parse_address("unix:///nowhere/redis.sock"))

    def test_a_port_where_nobody_listens_is_told_in_the_selector(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        link = Link(parse_address(f"redis://127.0.0.1:{port}"))
        with pytest.raises(RedisUnreachable, match="refused"):
            ask(link, echo("x"))
        link.close()

    def test_a_server_killed_in_mid_flight_leaves_what_it_had_acknowledged_and_the_rest_is_sent_again(self) -> None:
        server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
        address = parse_address(server.url)
        verbs = Verbs(Keys())
        link = Link(address)
        trips = [[verbs.submit([a_job(f"j{trip}-{n}") for n in range(20)])] for trip in range(40)]
        acknowledged = 0
        with suppress(QctlError):
            for number, trip in enumerate(trips):
                link.send(trip)
                if number == 20:
                    acknowledged += len(answers_of(link, 5))
                    server.kill()
            acknowledged += len(answers_of(link, 40))
        link.close()

        server.start()
        again = Link(address)
        for trip in trips:
            again.send(trip)
        answers = [taken.taken for (submitted,) in answers_of(again, 40, within=10) for taken in submitted]

        assert answers[: acknowledged * 20] == ["EXISTS"] * acknowledged * 20
        assert set(answers) <= {"EXISTS", "NEW"}
        again.close()
        server.remove()

    def test_a_wrong_password_is_told_before_anything_else(self) -> None:
        """Fault 53."""
        server = PrivateRedis().start()
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            client.config_set("requirepass", "sesame")
        for said in ("", ":wrong@"):
            link = Link(parse_address(f"unix://{said}{server.socket}"))
            link.send([Command(("EVAL", *"0123456789abc"), bytes)])
            with pytest.raises(NotPermitted):
                raise answers_of(link)[0][0]
            link.close()
        right = Link(parse_address(f"unix://:sesame@{server.socket}?db=2"))
        right.send([Command(("SET", "k", "v", "PX", 1000), bytes)])
        right.send([Command(("GET", "k"), bytes)])
        assert answers_of(right, 2) == [[b"OK"], [b"v"]]
        right.close()
        server.remove()

    def test_the_state_after_a_break_is_settled_by_sending_again(
        self, redis_url: str, store: Store, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        """Faults 47 and 48: what a worker does after a break, in one round trip."""
        submit(store, "one", "two")
        (claim,) = worker.claim()
        round_trip = [store.verbs.complete("w1", [settled(claim)]), store.verbs.claim("w1", 2, 1)]
        store.do(store.verbs.complete("w1", []))  # so that the server knows the script: its answer will not be read
        link = Link(parse_address(redis_url))
        link.send(round_trip)
        eventually(lambda: worker.heartbeat().owned == {"two": 1})
        redis_client.client_kill_filter(_type="normal", skipme=True)
        with pytest.raises(ConnectionBroken):
            answers_of(link, 2)
        link = Link(parse_address(redis_url))
        link.send(round_trip)
        ((answers, claimed),) = answers_of(link)
        assert answers == ["ALREADY"]
        assert [one.id for one in claimed.claims] == ["two"]
        link.close()
