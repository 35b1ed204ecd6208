"""A qctl whose records are of a form raised by one, as the next release may have it: it runs beside the present one.

    python -m tests.storm.newer_qctl [--without PROTECTION]... -- worker -c 2

What comes of it is of the same release.
"""

from __future__ import annotations

from typing import Final

from qctl.model import call
from qctl.store import worker_verbs
from tests.support import altered_qctl

MODULE: Final = "tests.storm.newer_qctl"


def main() -> None:
    """Be that qctl."""
    newer = call.FORM + 1
    for module in (call, worker_verbs):
        if "FORM" not in vars(module):
            raise LookupError(f"{module.__name__} tells no form any more: what does?")
        vars(module)["FORM"] = newer
    altered_qctl.MODULE = MODULE  # type: ignore[misc]
    altered_qctl.main()


if __name__ == "__main__":
    main()
