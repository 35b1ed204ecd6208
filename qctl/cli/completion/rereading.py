"""A tasks.toml that nobody has read since it was changed, and tasks that only workers know: read for this Tab."""

from __future__ import annotations

import os
from threading import Thread

from qctl.classes import replace
from qctl.cli.completion.instance import LIMIT
from qctl.client import open_client
from qctl.config import BadFile, load, load_settings, offers
from qctl.config.offering import remember, told_rows, whole
from qctl.errors import QctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.model.task import Task


def reread(path: str) -> str:
    """The rows of a file that has changed, kept for the next Tab; empty if it cannot be used."""
    try:
        config = load(path)
    except (BadFile, OSError):
        return ""
    remember(config, os.environ)
    return offers.kept(path, os.environ) or whole(config)


def redis_of(path: str) -> str | None:
    """The Redis that a file names. Raises BadFile."""
    return load_settings(path, os.environ, "/").redis


def told(path: str | None, flags: Mapping[str, str], folder: str) -> str:
    """The rows of tasks that live workers tell of, kept for the next Tab beside those of a file."""
    found: list[Task] = []

    def run() -> None:
        try:
            config = load_settings(flags.get("file"), os.environ, folder)
            redis = flags.get("redis") or os.environ.get("QCTL_REDIS")
            space = flags.get("namespace") or os.environ.get("QCTL_NAMESPACE")
            with open_client(config, redis, space, LIMIT, start=False) as client:
                found.extend(client.told_tasks().values())
        except (QctlError, OSError, ValueError):
            return

    asking = Thread(target=run, daemon=True)
    asking.start()
    asking.join(LIMIT)
    tasks = [] if asking.is_alive() else found
    if path and tasks:
        remember(replace(load(path), declared={task.name: task for task in tasks}), os.environ)
    return told_rows(tasks)
