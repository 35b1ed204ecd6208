"""What one does about a warning: go to what it is about, or take it away."""

from __future__ import annotations

from types import MappingProxyType

from qctl.classes import replace
from qctl.tui.acts.acting import nothing, only
from qctl.tui.screen import Page
from qctl.tui.warnings import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.tui.acts.acting import Act, Here, Next
    from qctl.tui.warnings import Warned


def _standing(here: Here) -> list[Warned]:
    return [each for each in warnings(here.snapshot, here.look) if each.name not in here.screen.dismissed]


def _go(here: Here) -> Next:
    found = _standing(here)
    if not found:
        return nothing(here, "nothing is warned of")
    there = replace(here.screen, view=found[0].view, page=Page.LIST, before=())
    return only(there.with_list(cursor=found[0].key, query="", follow=False))


def _dismiss(here: Here) -> Next:
    found = _standing(here)
    if not found:
        return nothing(here, "nothing is warned of")
    return only(replace(here.screen, dismissed=here.screen.dismissed | {found[0].name}))


WARNED: Final[Mapping[str, Act]] = MappingProxyType({"warning": _go, "dismiss": _dismiss})
