"""Reading `blackout`: windows of time in which nothing starts."""

from __future__ import annotations

from qctl.config.readers import text
from qctl.config.wrong import Wrong
from qctl.model.blackout import EXAMPLES, BadWindow, read_window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def windows(value: Any) -> tuple[str, ...]:
    """Windows as they are written. Raises Wrong, with the place of the one that cannot be read."""
    if not isinstance(value, list):
        raise Wrong("must be a list", note=f"such as [{EXAMPLES}]")
    for place, each in enumerate(value):
        try:
            read_window(text(each))
        except BadWindow as error:
            raise Wrong(str(error), note=f"such as {EXAMPLES}", at=(place,), code="Q021") from error
        except Wrong as wrong:
            raise Wrong(wrong.message, at=(place,)) from wrong
    return tuple(value)
