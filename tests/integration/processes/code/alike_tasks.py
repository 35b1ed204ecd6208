"""Tasks of which many jobs are run that are alike."""

from __future__ import annotations

import os
from typing import Any

from qctl import current


def note(path: str) -> None:
    """Leave a line for each time it runs."""
    with open(path, "a", encoding="utf-8") as file:
        file.write("ran\n")


def know_id(value: Any = None) -> list[Any]:
    """Who one is, by the module and by the environment, and a parameter's variable."""
    return [current.job_id, os.environ["QCTL_JOB_ID"], os.environ.get("value")]  # noqa: SIM112
