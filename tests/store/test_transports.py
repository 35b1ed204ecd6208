"""The transport that waits, bare and by redis-py, and the one that never does: sockets, passwords, users, databases."""

from __future__ import annotations

import _socket
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import pytest
import redis

from qctl.errors import ConfigError, NotPermitted, QctlError, RedisBusy, RedisUnreachable, TryAgain
from qctl.store import Keys, Reading, Store, Wire, parse_address
from qctl.store.command import Command
from qctl.store.redis_py import RedisPy
from qctl.store.schedule_values import Fired
from qctl.store.transport import Transport
from qctl.store.values import Answer, Standing
from tests.support import PrivateRedis
from tests.support.loopback import free_port
from tests.support.schedule_seed import SeedBeat, a_firing, the_state
from tests.support.selected import Selected
from tests.support.store_seed import SeedWorker, a_job, everything, some_json, submit

TRANSPORTS: dict[str, Callable[[str], Transport]] = {
    "wire": lambda url: Wire(parse_address(url), 3.0),
    "redis-py": lambda url: Wire(parse_address(url), 3.0, RedisPy),
    "link": lambda url: Selected(parse_address(url), 3.0),
}


@pytest.fixture(scope="module")
def tcp_server() -> Iterator[tuple[PrivateRedis, int]]:
    """A server on TCP whose default user needs `sesame` and which has a user `ada` with few rights."""
    port = free_port()
    server = PrivateRedis(None, "--port", str(port), "--bind", "127.0.0.1").start()
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        client.execute_command("ACL", "SETUSER", "ada", "on", ">p@ss:w/rd", "~{team}:*", "+@all", "-@admin")
        client.execute_command("ACL", "SETUSER", "eve", "on", ">eve", "~other:*", "+@all")
        client.config_set("requirepass", "sesame")
    yield server, port
    server.remove()


@pytest.fixture(params=TRANSPORTS)
def through(request: pytest.FixtureRequest) -> Any:
    """Makes a store over a URL through one of the transports."""
    opened: list[Store] = []

    def make(url: str, namespace: str = "team") -> Store:
        store = Store(TRANSPORTS[request.param](url), Keys(namespace))
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.mark.parametrize("place", ["unix", "password", "user", "database"])
def test_a_job_goes_from_submit_to_its_value(
    through: Any, tcp_server: tuple[PrivateRedis, int], redis_url: str, place: str
) -> None:
    _, port = tcp_server
    store = through(
        {
            "unix": redis_url,
            "password": f"redis://:sesame@127.0.0.1:{port}",
            "user": f"redis://ada:p%40ss%3Aw%2Frd@127.0.0.1:{port}/0",
            "database": f"redis://:sesame@127.0.0.1:{port}/3",
        }[place]
    )
    worker = SeedWorker(store).register()
    body = bytes(range(256)) * 4096
    submit(store, a_job(body=body))

    claim = worker.take()
    assert claim.body == body
    assert worker.complete(claim, value=some_json("1" * 3000), log=b"\x00\r\n") is Answer.OK

    read = Reading(store)
    assert read.value("one") == some_json("1" * 3000)
    assert read.output("one", 1) == (b"\x00\r\n", [])
    assert [job.id for job in read.ended(5)] == ["one"]
    assert read.workers()[0].label == "w1"
    assert store.do(store.verbs.unregister("w1")) == 0
    assert [queue.name for queue in read.queues()] == ["default"]
    store.do(Command(("DEL", *(f"{store.keys.prefix}{name.partition(' ')[0]}" for name in everything(store))), int))


def test_a_schedule_is_fired_and_read_back(through: Any, redis_url: str) -> None:
    store = through(redis_url)
    beat = SeedBeat(store)
    assert beat.pulse(host="db1").others == ()
    answer = beat.fire_one(a_firing(beat.declare(task="tïdy"), "one", "two"))
    assert (answer.fired, answer.state, len(answer.rows)) == (Fired.OK, the_state(store), 2)
    assert the_state(store).definition["task"] == "tïdy"


def test_a_database_number_is_another_world(through: Any, tcp_server: tuple[PrivateRedis, int]) -> None:
    _, port = tcp_server
    first, second = (through(f"redis://:sesame@127.0.0.1:{port}/{db}") for db in (5, 6))
    submit(first, "one")
    assert Reading(first).queue_names() == ["default"]
    assert Reading(second).queue_names() == []


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        ("", "asks for a password|NOAUTH"),
        (":wrong@", "WRONGPASS|invalid"),
        ("nobody:x@", "WRONGPASS|invalid"),
        ("eve:eve@", "NOPERM|No perm|can't"),
    ],
)
def test_whoever_may_not_is_told_so_with_a_code_of_its_own(
    through: Any, tcp_server: tuple[PrivateRedis, int], credentials: str, said: str
) -> None:
    """Fault 53: named, exit code 77, the password nowhere."""
    _, port = tcp_server
    store = through(f"redis://{credentials}127.0.0.1:{port}")
    with pytest.raises(NotPermitted, match=rf"127\.0\.0\.1:{port}.*({said})") as refused:
        submit(store, "one")
    assert refused.value.exit_code == 77
    assert ":wrong" not in str(refused.value)


def test_a_password_that_was_changed_is_told_on_the_next_connection(
    through: Any, tcp_server: tuple[PrivateRedis, int]
) -> None:
    """Fault 53."""
    _, port = tcp_server
    store = through(f"redis://bob:old@127.0.0.1:{port}")
    admin: Any = redis.Redis(host="127.0.0.1", port=port, password="sesame")
    admin.execute_command("ACL", "SETUSER", "bob", "on", ">old", "~*", "&*", "+@all")
    assert submit(store, "bobs")[0].taken in ("NEW", "EXISTS")
    admin.execute_command("ACL", "SETUSER", "bob", "resetpass", ">new")
    admin.execute_command("CLIENT", "KILL", "USER", "bob")
    with pytest.raises(NotPermitted):
        submit(store, "bobs")
    admin.close()


def test_a_user_without_channels_finishes_jobs_all_the_same(through: Any, tcp_server: tuple[PrivateRedis, int]) -> None:
    """Redis 7 gives new users no channel: telling who waits is a hint and must not leave half a script behind."""
    _, port = tcp_server
    admin: Any = redis.Redis(host="127.0.0.1", port=port, password="sesame")
    admin.execute_command("ACL", "SETUSER", "mute", "on", ">mute", "~*", "resetchannels", "+@all")
    admin.close()
    store = through(f"redis://mute:mute@127.0.0.1:{port}", "mute")
    worker = SeedWorker(store).register()
    submit(store, "mutes")
    for claim in worker.claim(1):
        assert worker.complete(claim) is Answer.OK
    store.do(store.verbs.unregister("w1"))


def test_a_database_that_there_is_not_is_a_fault_of_the_configuration(
    through: Any, tcp_server: tuple[PrivateRedis, int]
) -> None:
    _, port = tcp_server
    with pytest.raises(ConfigError, match="no such database"):
        submit(through(f"redis://:sesame@127.0.0.1:{port}/99"), "one")


def test_nobody_there_is_unreachable(through: Any) -> None:
    with pytest.raises(RedisUnreachable, match="refused") as refused:
        submit(through(f"redis://127.0.0.1:{free_port()}"), "one")
    assert refused.value.exit_code == 69


def test_errors_stand_in_their_places_among_answers(through: Any, redis_url: str) -> None:
    store = through(redis_url)
    good = Command(("PING",), bytes)
    bad = Command(("HGETALL", "text"), bytes)
    store.do(Command(("SET", "text", "x", "PX", 60_000), bytes))
    first, second, third = store.transport.exchange([good, bad, good])
    assert (first, third) == (b"PONG", b"PONG")
    assert isinstance(second, QctlError)
    assert "WRONGTYPE" in str(second)


def test_scripts_are_sent_when_the_server_does_not_know_them(
    through: Any, redis_url: str, redis_client: redis.Redis
) -> None:
    store = through(redis_url)
    redis_client.script_flush()
    register = store.verbs.register("w", {})
    answers = store.do_all([store.verbs.promote(), register, store.verbs.promote(), store.verbs.heartbeat("w")])
    assert answers[0].count == answers[2].count == 0
    assert answers[3].standing is Standing.OK


def test_a_connection_that_the_server_closed_is_opened_again(
    through: Any, redis_url: str, redis_client: redis.Redis
) -> None:
    store = through(redis_url)
    submit(store, "one")
    redis_client.client_kill_filter(_type="normal", skipme=True)
    assert submit(store, "one")[0].taken == "EXISTS"


def test_a_server_that_is_still_loading_is_busy(through: Any) -> None:
    with saying(b"-LOADING Redis is loading the dataset in memory\r\n") as url:
        store = through(url)
        store.transport.timeout = 0.2
        with pytest.raises(RedisBusy):
            submit(store, "one")
        store.close()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", RedisUnreachable),
        (b"", RedisUnreachable),
        (b"-READONLY You can't write against a read only replica.\r\n", TryAgain),
        (b"-MISCONF Redis is configured to save RDB snapshots\r\n", TryAgain),
        (b"-ERR max number of clients reached\r\n", QctlError),
    ],
    ids=["not redis", "closed", "replica", "disk full", "too many clients"],
)
def test_what_else_may_be_said_is_an_error_of_ours(through: Any, said: bytes, kind: type[QctlError]) -> None:
    with saying(said) as url:
        transport = through(url).transport
        try:
            (answer,) = transport.exchange([Command(("PING",), bytes)])
        except QctlError as error:
            answer = error
        assert isinstance(answer, kind)
        assert answer.exit_code in (69, 75)
        transport.close()


def test_every_address_of_a_name_is_tried(
    through: Any, tcp_server: tuple[PrivateRedis, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine whose `localhost` is ::1 first, and whose Redis listens on 127.0.0.1 alone."""
    _, port = tcp_server
    look_up = _socket.getaddrinfo
    with socket.socket() as taken:  # kept, and never listening: nobody else gets this port and answers there
        taken.bind(("127.0.0.1", 0))
        deaf = taken.getsockname()[1]

        def both(host: str, *more: Any, **options: Any) -> Any:
            nobody = look_up("127.0.0.1", deaf, type=socket.SOCK_STREAM)
            return [*nobody, *look_up("127.0.0.1", *more, **options)]

        monkeypatch.setattr(_socket, "getaddrinfo", both)
        assert through(f"redis://:sesame@some-name:{port}").do(Command(("PING",), bytes)) == b"PONG"


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """A server that says one thing, whatever it is asked, and hangs up if that was no answer. Gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        speaking = Thread(target=_say, args=(listener, answer))
        speaking.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        speaking.join(5)


def _say(listener: socket.socket, answer: bytes) -> None:
    with suppress(OSError):
        while True:
            caller, _ = listener.accept()
            with caller:
                while request := caller.recv(65536):
                    caller.sendall(answer * request.count(b"*"))
                    if not answer.startswith(b"-"):
                        break
