"""This machine and whoever asks: Python, locale, limits, plugins."""

from __future__ import annotations

import os
import platform
import resource
import shlex
import shutil
import sys
from importlib.metadata import entry_points
from pathlib import Path

import qctl
from qctl.model.finding import ok, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint
    from typing import Final

    from qctl.model.finding import Finding

_FILES: Final = 1024  #: a worker holds a few for each slot and connection
_PROCESSES: Final = 512
_UNLIMITED: Final = resource.RLIM_INFINITY


def look_at_host(*, unicode: bool) -> Iterator[Finding]:
    """Look at all of it. `unicode`: whether the locale speaks UTF-8, or ASCII is wished for."""
    yield look_at_python()
    yield look_at_locale(unicode=unicode)
    yield judge_limits(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_NPROC))
    yield look_at_plugins()


def look_at_python() -> Finding:
    """Which Python and which qctl this is, and whether `qctl` on PATH is the same."""
    where = Path(qctl.__file__).parent
    found = f"{platform.python_version()} ({sys.executable}), qctl {qctl.__version__} in {where}"
    here = Path(sys.executable).parent
    again = f"{shlex.quote(sys.executable)} -m qctl"  # how one is run that was never installed
    on_path = shutil.which("qctl")
    if on_path is None:
        installed = os.access(here / "qctl", os.X_OK)
        helps = f'export PATH="{here}:$PATH"' if installed else f"alias qctl={shlex.quote(again)}"
        return warn("python", f"{found}; there is no qctl on PATH", helps)
    if Path(os.path.realpath(on_path)).parent not in (here, here.resolve()):
        return warn("python", f"{found}; on PATH comes another one first, {on_path}", f"{on_path} --version")
    return ok("python", found)


def look_at_locale(*, unicode: bool) -> Finding:
    """Whether signs and letters beyond ASCII can be shown."""
    names = [os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if not unicode and names[1] == "C.UTF-8":
        names[1] = None  # set by Python itself, which coerces the C locale (PEP 538)
    name = next(filter(None, names), "C")
    if os.environ.get("QCTL_ASCII", "0") not in ("", "0"):
        return ok("locale", f"{name}; ASCII alone, as QCTL_ASCII asks")
    if unicode:
        return ok("locale", name)
    return warn("locale", f"{name} is not UTF-8: signs are written in ASCII", "export LANG=C.UTF-8")


def judge_limits(files: tuple[int, int], processes: tuple[int, int]) -> Finding:
    """Whether a worker started from here may open files and have processes enough. Each limit is soft, then hard."""
    found = f"{_number(files[0])} open files, {_number(processes[0])} processes"
    for (soft, hard), least, flag in ((files, _FILES, "-n"), (processes, _PROCESSES, "-u")):
        if _lower(soft, least):
            raised = least if not _lower(hard, least) else hard
            return warn("limits", f"{found}: few for a worker", f"ulimit {flag} {raised}")
    return ok("limits", found)


def look_at_plugins() -> Finding:
    """Attack 57: nothing of site-packages is loaded because it is there; what offers itself is told."""
    offered = sorted({point.dist.name for point in _offers() if point.dist})
    more = f"; {', '.join(offered)} would like to be one" if offered else ""
    return ok("plugins", f"none: qctl loads nothing but itself and what tasks.toml names{more}")


def _offers() -> Iterator[EntryPoint]:
    groups = [group for group in entry_points().groups if group == "qctl" or group.startswith("qctl.")]
    for group in groups:
        yield from entry_points(group=group)


def _lower(limit: int, least: int) -> bool:
    return limit != _UNLIMITED and limit < least


def _number(limit: int) -> str:
    return "unlimited" if limit == _UNLIMITED else f"{limit:,}"
