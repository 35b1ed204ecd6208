"""The name of a shared Redis is not known for a while, and then leads elsewhere (fault 52)."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from qctl.model.state import Outcome
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually
from tests.support.loopback import free_port, on_port

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process a hosts file of its own"),
]

#: The worker has its own /etc/hosts, asks nobody else for names, and notes when it asks.
OWN_NAMES = """
import _socket, ctypes, os, socket, subprocess, time
here = {here!r}
if ctypes.CDLL(None).unshare(0x00020000):
    raise OSError("no mounts of its own")
subprocess.run(["mount", "--make-rprivate", "/"], check=True)
for name, file in (("hosts", "/etc/hosts"), ("nsswitch.conf", "/etc/nsswitch.conf")):
    subprocess.run(["mount", "--bind", f"{{here}}/{{name}}", file], check=True)
look_up = _socket.getaddrinfo
def noted(*asked, **options):
    with open(f"{{here}}/asked", "a") as file:
        file.write(f"{{time.monotonic()}}\\n")
    return look_up(*asked, **options)
_socket.getaddrinfo = socket.getaddrinfo = noted
"""


def test_a_name_is_looked_up_anew_each_time_with_pauses_that_grow(tmp_path: Path) -> None:
    """Fault 52: no busy loop, pauses drawn from half to the whole of what doubles up to 2 s, and the new address."""
    port = free_port()
    old, new = on_port(port), on_port(port, "--bind", "127.0.0.2")
    names, asked = tmp_path / "hosts", tmp_path / "asked"
    (tmp_path / "nsswitch.conf").write_text("hosts: files\n")
    names.write_text("127.0.0.1 redis.test\n")
    old.start()
    shop, later = (Workshop(tmp_path, f"redis://{host}:{port}", "names") for host in ("127.0.0.1", "127.0.0.2"))
    try:
        shop.declare(f"[tasks.marked]\nrun = '''{MARK}'''\n")
        worker = shop.ready_worker(redis=f"redis://redis.test:{port}", first=OWN_NAMES.format(here=str(tmp_path)))
        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED

        names.write_text("127.0.0.1 somebody.else\n")
        before = len(asked.read_text().split())
        old.kill()
        worker.says("redis_gone")
        eventually(lambda: len(asked.read_text().split()) > before + 24, within=60.0)
        times = [float(line) for line in asked.read_text().split()[before:]]
        gaps = sorted(second - first for first, second in pairwise(times[0::2]))  # of two connections
        assert (times[-1] - times[0]) / len(times) > 0.3, "it waits between two tries"
        assert gaps[-1] > 1.0
        assert len({round(gap, 2) for gap in gaps[-8:]}) > 1, "no two pauses are alike"

        names.write_text("127.0.0.2 redis.test\n")
        new.start()
        assert later.ended(later.submit("marked"), within=20.0).outcome is Outcome.SUCCEEDED
        assert worker.process.poll() is None
    finally:
        shop.close()
        later.close()
        old.remove()
        new.remove()
