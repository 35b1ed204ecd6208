"""The tasks.toml that `qctl init` writes: two tasks that work, and what to know to write a third."""

from __future__ import annotations

import os
from pathlib import Path

from qctl.config.places import NAME
from qctl.errors import QctlError, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_TEXT: Final = """# Tasks for qctl. `qctl check` tells what is wrong here, `qctl task list` what there is.

[defaults]                      # inherited by every task
timeout = "1h"                  # of an attempt; then it is told to stop, and killed 10 seconds later

# A shell task. A parameter is a variable of its own name: always write "$folder", with the quotes.
#   qctl run disk-usage folder=/var --wait
[tasks.disk-usage]
doc = "The ten largest folders below a folder"
run = \'\'\'
du -xk --max-depth=1 "$folder" 2>/dev/null | sort -rn | head -n 10
\'\'\'
params.folder = { type = "path", default = "/var", help = "where to look" }
# schedule = "30 2 * * *"       # each night by itself, where `qctl up` or a beat runs: qctl schedule next

# A Python task: any importable callable. Parameters are keyword arguments; what it returns is its value, as JSON.
#   qctl run disk-space --wait
[tasks.disk-space]
doc = "Total, used and free bytes of a file system"
call = "shutil:disk_usage"
params.path = { type = "path", default = "/" }
retries = 2                     # after the first try
backoff = "10s"                 # before the first retry; doubles from there
"""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class CannotWrite(QctlError):
    """cannot write {path}: {reason}"""


def init_text() -> str:
    """A commented tasks.toml with one shell and one Python task."""
    return _TEXT


def init(folder: str) -> str:
    """Write tasks.toml into a folder and answer its path.

    Raises Refused if there is one, which is never overwritten, and CannotWrite.
    """
    path = Path(folder, NAME)
    try:
        with open(os.open(path, _NEW, 0o644), "w", encoding="utf-8") as file:  # whatever the umask, others only read
            file.write(_TEXT)
    except FileExistsError as error:
        raise Refused(f"{path} exists, and is not overwritten", help="qctl check") from error
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror) from error
    return str(path)
