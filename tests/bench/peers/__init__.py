"""The task queues that qctl is measured beside, and the programs that are none: xargs and task-spooler."""

from __future__ import annotations

from typing import Final

from tests.bench.peers.bullmq import BullMq
from tests.bench.peers.celery import Celery
from tests.bench.peers.dramatiq import Dramatiq
from tests.bench.peers.huey import Huey
from tests.bench.peers.peer import Peer
from tests.bench.peers.rq import Rq
from tests.bench.peers.saq import Saq
from tests.bench.peers.taskiq import Taskiq

QUEUES: Final[tuple[type[Peer], ...]] = (Celery, Huey, Dramatiq, Rq, Taskiq, Saq, BullMq)
XARGS: Final = "xargs"
TASK_SPOOLER: Final = "task-spooler"

#: By what `--peers` calls them.
PEERS: Final = (*(each.name for each in QUEUES), TASK_SPOOLER, XARGS)
PYTHON_PEERS: Final = tuple(each.name for each in QUEUES if each is not BullMq)
QUEUE_PEERS: Final = tuple(each.name for each in QUEUES)
