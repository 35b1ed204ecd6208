"""A group from a generator: its workflow starts with the first members, and takes the others as they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

from qctl.client.submitting import Receipt
from qctl.client.workflows import SAY_EVERY, GroupClosed, OpenGroup, open_group
from qctl.config.options import Request
from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.model.workflow.tree import Tree
from qctl.python.instance import Qctl
from qctl.store import Store


def feed(instance: Qctl, request: Request, batches: Iterator[Sequence[Tree]]) -> Receipt:
    """Submit a workflow with an open group and add its other members as they are made. Answers its receipt.

    What interrupts it cancels the workflow: half of a group is not what was asked for. If this process dies, the store
    does so within five minutes. To one that was there before nothing is added.
    """
    client = instance.client
    receipt, group = open_group(client, request, strict=client.knows_every_task)
    if group is None:
        return receipt
    try:
        with attended(group, lambda: instance.client.store):
            for batch in batches:
                group.add(batch)
            group.seal()
    except BaseException:
        with suppress(RedisUnreachable, RedisBusy):  # what went wrong before is what is told
            client.cancel([receipt.id], reason="its members could not all be made")
        raise
    return receipt


@contextmanager
def attended(group: OpenGroup, connected: Callable[[], Store], every: float = SAY_EVERY) -> Iterator[None]:
    """Say that who feeds a group is there, now and every so many seconds until the block is left.

    A thread says so, by the connection that it is given when it asks: what makes the members may take its time.
    """
    over = Event()

    def say_again() -> None:
        while not over.wait(every):
            with suppress(QctlError):  # whatever it is, it is said again; who adds the next members is told
                group.hold(through=connected())

    with suppress(RedisUnreachable, RedisBusy, GroupClosed):  # the same
        group.hold()
    beside = Thread(target=say_again, name="qctl-feeding", daemon=True)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()
