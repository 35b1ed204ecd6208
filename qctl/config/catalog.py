"""The catalogue of a configuration: what its tasks are and take, for those who do not have its files. No secrets."""

from __future__ import annotations

import hashlib
from typing import Any

from qctl.config.describe import describe
from qctl.config.values import Config

_TOLD = ("summary", "queue", "priority", "tags", "params")


def catalog(config: Config) -> dict[str, dict[str, Any]]:
    """By name, what is told of each task that can run: the first line of its `doc`, how it is queued, what it takes."""
    described = {name: describe(config, task) for name, task in config.runnable.items()}
    return {
        name: {key: record[key] for key in _TOLD} | {"hash": record["source"]["hash"]}
        for name, record in described.items()
    }


def catalog_digest(config: Config) -> str:
    """A short name for what a configuration can run: the same tasks and definitions, the same digest."""
    said = "".join(f"{task.name}={task.hash};" for task in sorted(config.runnable.values(), key=lambda task: task.name))
    return hashlib.sha256(said.encode()).hexdigest()[:12]
