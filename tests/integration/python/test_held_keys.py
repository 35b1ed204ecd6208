"""A group that is made while it is submitted, under a key that is somebody else's: nothing of it is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qctl import AsyncResult, GroupResult, group
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import identity

SOON = 15.0


def many(breaks: bool = False) -> Iterator[Any]:
    for number in range(600):
        if breaks and number == 550:
            raise RuntimeError("the list ends here")
        yield identity.si(number).set(queue="nobody-reads-this")


def test_a_second_group_answers_the_handle_of_the_first_and_leaves_it_alone(site: Site) -> None:
    first = group(many()).apply_async(key="of-a-group")
    second = group(many(breaks=True)).apply_async(key="of-a-group")

    assert second == first
    assert isinstance(second, GroupResult)
    assert (len(GroupResult(second.id)), first.workflow.job.cancelling) == (600, False)
    first.workflow.revoke()


@pytest.mark.parametrize("ended", [False, True])
def test_the_handle_is_that_of_whatever_holds_the_key(site: Site, ended: bool) -> None:
    key = f"of-a-chain-{ended}"
    queue = {} if ended else {"queue": "nobody-reads-this"}
    held = (identity.si(1) | identity.s()).apply_async(key=key, **queue)
    if ended:
        held.get(SOON)
    lone = identity.apply_async((1,), key=f"{key}-lone", queue="nobody-reads-this")

    assert group(many()).apply_async(key=key) == held
    found = group(many()).apply_async(key=f"{key}-lone")
    assert (found, type(found)) == (lone, AsyncResult)
    held.workflow.revoke()
    lone.revoke()
