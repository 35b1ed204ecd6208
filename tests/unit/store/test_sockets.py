"""What is said of a server that cannot be reached, by the reason why."""

from __future__ import annotations

import errno
import os

import pytest

from qctl.model.address import parse_address
from qctl.store.sockets import unreachable


@pytest.mark.parametrize(
    ("number", "starts", "looks"), [(errno.ECONNREFUSED, True, False), (errno.EACCES, False, True)]
)
def test_a_socket_that_one_may_not_open_is_nothing_to_start(number: int, starts: bool, looks: bool) -> None:
    address = parse_address("unix:///run/redis/redis.sock")
    error = unreachable(OSError(number, os.strerror(number)), address)
    assert os.strerror(number) in str(error)
    advice = str(error.facts.get("help", error.help))
    assert ("start it" in advice, "ls -l" in advice) == (starts, looks)
