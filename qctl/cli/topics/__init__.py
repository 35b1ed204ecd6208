"""The topics of `qctl help`. Tables are the program's own, so that they cannot say otherwise than it does."""

from __future__ import annotations

from qctl.cli.topics.celery import CELERY
from qctl.cli.topics.cron import CRON
from qctl.cli.topics.dates import DATES
from qctl.cli.topics.pipelines import PIPELINES
from qctl.cli.topics.query import QUERY
from qctl.cli.topics.tables import ENVIRONMENT, EXIT_CODES
from qctl.cli.topics.tasks_file import TASKS_FILE
from qctl.config import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.cli.topics.topic import Topic

__all__ = ["ALSO", "TOPICS", "is_explained"]

#: name -> what is told
TOPICS: Final[Mapping[str, Topic]] = {
    "exit-codes": EXIT_CODES,
    "environment": ENVIRONMENT,
    "query": QUERY,
    "pipelines": PIPELINES,
    "dates": DATES,
    "config": TASKS_FILE,
    "cron": CRON,
    "celery": CELERY,
}

#: What people call a topic besides -> its name.
ALSO: Final[Mapping[str, str]] = {
    "tasks.toml": "config",
    "keys": "config",
    "exit-code": "exit-codes",
    "exit": "exit-codes",
    "env-vars": "environment",
    "variables": "environment",
    "queries": "query",
    "pipeline": "pipelines",
    "workflows": "pipelines",
    "date": "dates",
    "crontab": "cron",
    "schedules": "cron",
}


def is_explained(word: str) -> bool:
    """Whether `qctl help WORD` tells of a topic, or of the code of an error."""
    return word.lower() in TOPICS or word.lower() in ALSO or explain(word) is not None
