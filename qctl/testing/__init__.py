"""Testing tasks: what a suite tests its own tasks with. The fixtures are a plugin that pytest loads by itself.

    def test_a_welcome_is_sent_later(qctl_recorded: qctl.testing.Inline) -> None:
        sign_up("ana@example.net")
        (mail,) = qctl_recorded.of(send_welcome)
        assert (mail.args, mail.countdown) == (("ana@example.net",), 3600)

`qctl_inline` runs in this process what the code under test submits, `qctl_recorded` only records it, `qctl_worker` runs
it on a worker of the test's own, over the Redis of `qctl_server`. `pytest --fixtures` tells of each.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.testing.inline import Inline, Submitted
    from qctl.testing.live import LiveWorker
    from qctl.testing.private import PrivateServer

__all__ = ["Inline", "LiveWorker", "PrivateServer", "Submitted"]

_HOMES = {
    "Inline": "qctl.testing.inline",
    "LiveWorker": "qctl.testing.live",
    "PrivateServer": "qctl.testing.private",
    "Submitted": "qctl.testing.inline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
