"""What is kept of a screen until the next time: view, order, filters, interval, dismissed warnings; by instance."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from datetime import UTC
from types import MappingProxyType

from qctl.classes import replace
from qctl.clock import now
from qctl.config.own_files import make_folders
from qctl.errors import UsageError
from qctl.model.query import parse
from qctl.tui.screen import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Final, TypeGuard

    from qctl.tui.screen import Listing, Screen

LEAST_S: Final = 0.2  #: between two looks
MOST_S: Final = 3600.0
_INSTANCES: Final = 50  #: that are remembered, those used last
_DISMISSED: Final = 100
_LONGEST: Final = 1000  #: letters of a filter


def recall(screen: Screen, path: Path, instance: str) -> Screen:
    """The screen as it was left. What cannot be read, or makes no sense, is as if it had never been written."""
    kept = _read(path).get(instance)
    if not isinstance(kept, dict):
        return screen
    view, interval = kept.get("view"), kept.get("interval")
    said = kept.get("lists")
    lists: dict[str, Any] = said if isinstance(said, dict) else {}
    return replace(
        screen,
        view=View(view) if view in list(View) else screen.view,
        interval=interval if _is_interval(interval) else screen.interval,
        lists=MappingProxyType({each: _listing(each, screen.lists[each], lists.get(each)) for each in View}),
        dismissed=frozenset(_texts(kept.get("dismissed"))[:_DISMISSED]),
        recalled=tuple(_texts(kept.get("recalled"))[:20]),
    )


def remember(screen: Screen, path: Path, instance: str) -> None:
    """Keep how the screen stands. A folder that cannot be written to keeps nothing."""
    kept = {name: value for name, value in _read(path).items() if name != instance}
    newest = dict([*kept.items(), (instance, _kept(screen))][-_INSTANCES:])
    with suppress(OSError):
        make_folders(path.parent)
        _replace(path, json.dumps(newest, indent=1) + "\n")


def _kept(screen: Screen) -> dict[str, Any]:
    lists = {
        view.value: {"query": one.query, "sort": one.sort, "reverse": one.reverse}
        for view, one in screen.lists.items()
        if one.query or one.sort or one.reverse
    }
    return {
        "view": screen.view.value,
        "interval": screen.interval,
        "lists": lists,
        "dismissed": sorted(screen.dismissed)[:_DISMISSED],
        "recalled": list(screen.recalled),
    }


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _replace(path: Path, text: str) -> None:
    """Write all of it or nothing, readable by its owner alone: filters tell names."""
    number, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # 0600
    try:
        with open(number, "w") as file:
            file.write(text)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise


def _listing(view: View, before: Listing, kept: Any) -> Listing:
    if not isinstance(kept, dict):
        return before
    query, sort = kept.get("query"), kept.get("sort")
    return replace(
        before,
        query=query if isinstance(query, str) and _makes_sense(view, query) else "",
        sort=sort if isinstance(sort, str) else "",
        reverse=kept.get("reverse") is True,
    )


def _makes_sense(view: View, query: str) -> bool:
    """Whether a filter still says something: another version may have other fields."""
    if view is View.JOBS and query:
        try:
            parse(query, now(), UTC)
        except UsageError:
            return False
    return len(query) <= _LONGEST


def _is_interval(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and LEAST_S <= value <= MOST_S


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
