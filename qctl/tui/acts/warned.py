"""What one does about a warning: go to what it is about, or take it away."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from qctl.classes import replace
from qctl.tui.acts.acting import Act, Here, Next, nothing, only
from qctl.tui.screen import Page
from qctl.tui.warnings import Warned, warnings


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
