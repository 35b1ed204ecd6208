"""Whether this process is part of a job: its worker then submits in its place."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def run_directory(environ: Mapping[str, str]) -> str | None:
    """The run directory of the job in which this process runs; None outside of one."""
    folder = environ.get("QCTL_RUN_DIR")
    return folder if folder and os.path.exists(os.path.join(folder, "qctl.sock")) else None
