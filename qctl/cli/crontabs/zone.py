"""The zone in which cron runs a machine's lines: this one's, or that of an image below a root."""

from __future__ import annotations

import os
from pathlib import Path

from qctl.cli.crontabs.image import inside
from qctl.config.host_zone import host_zone, named_zone
from qctl.model.local_time import zone_name


def zone_of(root: Path) -> str:
    """Its name in the tz database; empty where it has none. An image that says nothing of a zone is in UTC."""
    if root == Path("/"):
        return zone_name(host_zone({}))
    try:
        folder = inside(root, "etc")
    except OSError:
        return "UTC"
    localtime = folder / "localtime"
    name = _linked(localtime) or _written(root)
    return name or ("" if os.path.lexists(localtime) else "UTC")


def _linked(localtime: Path) -> str:
    """By the link that /etc/localtime is, which need not lead anywhere here."""
    try:
        _, _, name = os.readlink(localtime).partition("/zoneinfo/")
    except OSError:
        return ""
    return _known(name)


def _written(root: Path) -> str:
    """As Debian writes it beside that."""
    try:
        return _known(inside(root, "etc/timezone").read_text(encoding="ascii", errors="replace").strip())
    except OSError:
        return ""


def _known(name: str) -> str:
    zone = named_zone(name) if name else None
    return zone_name(zone) if zone is not None else ""
