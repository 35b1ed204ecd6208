"""No queue at all: one RPUSH for a job and one BLPOP to get it, by bare sockets: what the machine itself takes.

It promises nothing: no result is kept, a job is lost with the process that has taken it, and nobody can look at what
waits. So no bar is held against it.
"""

from __future__ import annotations

import platform
from pathlib import Path

from tests.bench.environments import qctl_environment
from tests.bench.peers.peer import Counting, PythonPeer, Variant

_WORKER = """\
import json
import os
import sys

import app

for _ in range(int(sys.argv[1]) - 1):
    if not os.fork():
        break
line = app.connected()
tasks = {"noop": lambda: None, "echo": lambda text: text, "stamp": app.work.stamp}
while True:
    line.sendall(app.words(b"BLPOP", b"bare", b"0"))
    answer = line.recv(65536)
    call = json.loads(answer.split(b"\\r\\n")[4])
    tasks[call["task"]](*call["args"])
"""


class BareList(PythonPeer):
    """A list in Redis, and nothing around it."""

    name = "bare list"
    variants = (Variant("no queue: RPUSH and BLPOP", ("python", "worker.py", "2")),)
    code = """\
import json
import os
import secrets
import socket
from urllib.parse import urlsplit

import work

ARGS = {"noop": (), "echo": (work.TEXT,), "stamp": ()}


def connected():
    url = urlsplit(os.environ["BENCH_REDIS"])
    line = socket.create_connection((url.hostname, url.port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def words(*given):
    return b"*%d\\r\\n%b" % (len(given), b"".join(b"$%d\\r\\n%b\\r\\n" % (len(word), word) for word in given))


line = connected()


def one(kind):
    def call():
        body = json.dumps({"id": secrets.token_hex(5), "task": kind, "args": ARGS[kind]})
        line.sendall(words(b"RPUSH", b"bare", body.encode()))
        assert line.recv(65536).startswith(b":")

    return call


def many(kind, count):
    call = one(kind)
    for _ in range(count):
        call()
"""

    def make(self) -> str:
        self.bin = qctl_environment()
        return platform.python_version()

    def furnish(self, folder: Path) -> None:
        super().furnish(folder)
        (folder / "worker.py").write_text(_WORKER)

    def counting(self, kind: str) -> Counting:
        return Counting((("LLEN", "bare"),), counts_down=True)
