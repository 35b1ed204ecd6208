"""Lines that jobs write, passed on one by one: each after whose it is, stdout to stdout and stderr to stderr."""

from __future__ import annotations

import sys

from qctl.cli.emit import write_bytes
from qctl.cli.screens.output import line_for_people, line_for_programs
from qctl.model.output import STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.cli.session import Session
    from qctl.model.lines import Line


def write_line(line: Line, prefix: str, here: Session) -> None:
    """Write a line of a job where the job wrote it; a terminal gets it so that it cannot be driven by it."""
    look = here.out if line.stream == STDOUT else here.err
    data = (
        line_for_programs(line, look, prefix=prefix)
        if look.width is None
        else line_for_people(line, look, prefix=prefix).encode("utf-8", "backslashreplace") + b"\n"
    )
    if line.stream == STDOUT:
        write_bytes(data)
    else:
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()
