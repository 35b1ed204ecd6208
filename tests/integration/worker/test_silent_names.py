"""A name server that says nothing, while the worker's own clocks go on (fault 52)."""

from __future__ import annotations

from pathlib import Path

from tests.integration.worker.workshop import Workshop
from tests.support import eventually
from tests.support.loopback import free_port, on_port
from tests.support.processes import is_alive

#: The worker knows redis.test until nobody answers any more.
NAMES = """
import _socket, os, socket, time
look_up = _socket.getaddrinfo
def asked(host, *more, **options):
    if host == b"redis.test":
        while os.path.exists({silent!r}):
            time.sleep(0.05)
        host = "127.0.0.1"
    return look_up(host, *more, **options)
_socket.getaddrinfo = socket.getaddrinfo = asked
"""


def test_a_time_limit_is_kept_while_nobody_tells_where_redis_is(tmp_path: Path) -> None:
    """Fault 52: the look-up delays no kill; when the name is known again, the worker goes on."""
    server = on_port(free_port()).start()
    port = int(server.options[server.options.index("--port") + 1])
    shop, silent, written = Workshop(tmp_path, server.url, "silent"), tmp_path / "silent", tmp_path / "pid"
    try:
        shop.declare(f"[tasks.sleeper]\nrun = 'echo $$ > {written}; exec sleep 600'\ntimeout = '2s'\ngrace = '0.2s'\n")
        worker = shop.ready_worker(redis=f"redis://redis.test:{port}", first=NAMES.format(silent=str(silent)))
        job = shop.submit("sleeper")
        eventually(lambda: written.exists() and written.read_text().strip())
        silent.touch()
        shop.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        worker.says("redis_gone")
        eventually(lambda: not is_alive(int(written.read_text())), within=30.0)

        assert worker.process.poll() is None
        silent.unlink()
        assert shop.ended(job, within=30.0).ended
        assert not worker.records("lost")
    finally:
        shop.close()
        server.remove()
