"""A process that has imported all of qctl and forks for each command of a test: most of a command's time is imports.

What it forks is a process of its own, with its own words, environment, folder, pipes and exit code. Unlike
`python -m qctl` it has nothing left to import, /proc shows the words and variables of the server, and its parent is the
server. Where these matter a test runs the process in earnest.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.descriptors import keep_open

PROGRAM = Path(__file__).with_name("forking.py")
LONGEST_INPUT = 65536  #: bytes, which a pipe takes before anybody reads


class ForkServer:
    """The server, as tests talk to it; `environment` is what it needs for its own start."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", PROGRAM, str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=dict(environment),
                pass_fds=[theirs.fileno()],
            )
        ends = (self._line, self._process.stdin, self._process.stdout)
        keep_open(*(each.fileno() for each in ends if each is not None))

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, given: bytes, timeout: float
    ) -> tuple[int, bytes, bytes]:
        """Run `qctl WORDS` to its end; answer its exit code and what it wrote.

        `given` is its stdin, up to LONGEST_INPUT. Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        ours, theirs = zip(os.pipe(), os.pipe(), os.pipe(), strict=True)  # the ends to read from, those to write to
        stdin, out, err = ours
        os.write(theirs[0], given)
        os.close(theirs[0])
        answers = self._fork([list(words), dict(environment), os.fspath(folder)], [stdin, *theirs[1:]])
        for each in (stdin, *theirs[1:]):
            os.close(each)
        try:
            written = _read(answers, out, err, timeout)
        finally:
            for each in (answers, out, err):
                os.close(each)
        return int(written[answers].split()[1]), bytes(written[out]), bytes(written[err])

    def close(self) -> None:
        """End the server. What it has forked goes on."""
        self._line.close()
        self._process.communicate(timeout=10.0)

    def _fork(self, request: list[object], streams: Sequence[int]) -> int:
        """Have a process; what the server says of it, its number and its status, can be read from the answer."""
        ours, theirs = os.pipe()
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(request).encode())
            file.seek(0)
            socket.send_fds(self._line, [b"."], [file.fileno(), theirs, *streams])
        os.close(theirs)
        return ours


def _read(answers: int, out: int, err: int, timeout: float) -> Mapping[int, bytearray]:
    """All that comes of a process until its end, and until nobody can write any more."""
    deadline = time.monotonic() + timeout
    written = {each: bytearray() for each in (answers, out, err)}
    with selectors.DefaultSelector() as selector:
        for each in written:
            selector.register(each, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                os.kill(int(written[answers].split()[0]), signal.SIGKILL)
                raise subprocess.TimeoutExpired("qctl", timeout, bytes(written[out]), bytes(written[err]))
            for key, _ in ready:
                more = os.read(key.fd, 65536)
                written[key.fd] += more
                if not more:
                    selector.unregister(key.fd)
    return written
