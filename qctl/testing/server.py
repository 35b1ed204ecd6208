"""`qctl_server` as a test has it: in place of the user's own instance, with nothing of other tests in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from qctl.classes import replace
from qctl.python.instance import Qctl, standing_in
from qctl.testing.private import PrivateServer
from qctl.testing.setup import environment, setup_of

_numbers = count(1)


def server_of_a_test(request: pytest.FixtureRequest, server: PrivateServer) -> Iterator[PrivateServer]:
    """What the fixture yields. Raises UsageError for what the marker of a test says wrong."""
    file = setup_of(request).file or os.devnull
    own = replace(server, namespace=f"test{next(_numbers)}")
    instance = Qctl(file, own.url, own.namespace)
    names = {"QCTL_REDIS": own.url, "QCTL_NAMESPACE": own.namespace, "QCTL_FILE": file}
    with environment(**names), standing_in(instance):
        yield own
    instance.close()
