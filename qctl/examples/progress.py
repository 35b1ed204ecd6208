"""Long work that says how far it is."""

from __future__ import annotations

import time

from qctl import current


def copy_slowly(parts: int = 20, pause: float = 0.2) -> dict[str, int]:
    """Pretend to copy something in parts. `qctl ps`, `qctl progress` and `qctl run --wait` show how far it is."""
    for part in range(parts):
        current.progress(part, parts, f"copying part {part + 1}")
        time.sleep(pause)
        print(f"part {part + 1} of {parts} done")  # noqa: T201 - what a task prints is its output
    current.progress(parts, parts, "done")
    return {"parts": parts}
