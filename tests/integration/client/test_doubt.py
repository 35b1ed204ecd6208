"""Whoever acts by a client, be it a program or the screen, is told as well that an act is in doubt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qctl.client import Client, open_client
from qctl.client.doubt import ActUnknown
from qctl.client.scheduling import Scheduling
from qctl.config import Config
from qctl.config.requests import Request
from qctl.errors import RedisUnreachable
from qctl.store.command import script
from tests.support.proxy import Proxy

Act = Callable[[Client, str], object]

ACTS: dict[str, tuple[str, Act]] = {
    "cancelled": ("cancel", lambda client, job: client.cancel([job])),
    "retried": ("revive", lambda client, job: client.retry([job])),
    "removed": ("remove", lambda client, job: client.remove([job])),
    "given another priority": ("prioritise", lambda client, job: client.prioritise([job], 1)),
    "paused": ("pause", lambda client, _: client.queueing.pause(["default"], "", "", None)),
    "resumed": ("resume", lambda client, _: client.queueing.resume(["default"])),
    "disabled": ("disable", lambda client, _: Scheduling(client).disable(["greet"], "", "", None)),
    "enabled": ("enable", lambda client, _: Scheduling(client).enable(["greet"])),
}


@pytest.mark.parametrize("done", ACTS)
def test_an_act_whose_answer_is_lost_for_good_is_in_doubt(
    client: Client, proxy: Proxy, namespace: str, done: str
) -> None:
    """To those who have patience with a Redis that is away it is one of these errors."""
    (receipt,) = client.submit([Request(task="greet")])
    verb, act = ACTS[done]
    with open_client(Config(), proxy.url, namespace, timeout=10) as away:
        proxy.cut(script(verb).sha, times=3)
        with pytest.raises(ActUnknown, match=f"was being {done}; that may or may not have happened") as told:
            act(away, receipt.id)
    assert isinstance(told.value, RedisUnreachable)
    assert told.value.exit_code == 76
    of_a_job = told.value.advice.startswith("qctl show ")
    assert told.value.facts["id"] == (receipt.id if of_a_job else None)
    assert told.value.advice in (f"qctl show {receipt.id}", "qctl queue list", "qctl schedule list")
