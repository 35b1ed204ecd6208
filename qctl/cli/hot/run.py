"""What `qctl run` does with plain words."""

from __future__ import annotations

from qctl.classes import fields
from qctl.cli.running import Asked, run
from qctl.cli.session import open_session
from qctl.cli.settings import FORMATS
from qctl.cli.submit_options import Lines, Manner, Trial, Wish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from qctl.cli.invocation import Invocation

    T = TypeVar("T")


def of_words(
    invocation: Invocation,
    *,
    task: str | None,
    params: list[str] | None,
    sh: str | None,
    policy: str | None,
    **listed: Any,
) -> int:
    """Carry out what the words of the command line say, and answer its exit code. Raises QctlError.

    `listed` are the options of the lists that other commands take as well.
    """
    here = open_session(invocation, FORMATS)
    asked = Asked(
        task=task,
        params=params or (),
        sh=sh,
        policy=policy,
        wish=_of(Wish, listed),
        manner=_of(Manner, listed),
        lines=_of(Lines, listed),
        trial=_of(Trial, listed),
    )
    return run(asked, here, invocation.load)


def _of(kind: type[T], listed: Mapping[str, Any]) -> T:
    """A list of options, of all that were read."""
    return kind(**{one.name: listed[one.name] for one in fields(kind)})  # type: ignore[arg-type]
