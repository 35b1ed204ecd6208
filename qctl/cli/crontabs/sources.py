"""Which crontabs are meant, their texts, and which files cron never looked at or refuses without a word."""

from __future__ import annotations

import os
import pwd
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from qctl.cli.crontabs.program import caller, read_crontab
from qctl.errors import NotFound, NotPermitted
from qctl.model.crontab import CRONIE, DEBIAN, Daemon

_ACTIVE: Final = re.compile(r"[A-Za-z0-9_-]+")  #: names in /etc/cron.d that Debian's cron looks at


class Form(Enum):
    """How its lines are written."""

    USER = "user"
    SYSTEM = "system"  #: with a column for the user
    ANACRON = "anacron"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One crontab."""

    label: str
    text: str
    form: Form
    owner: str  #: whose mail it is where MAILTO says nothing
    user: str | None = None  #: as whom its lines run, where that has to be written
    path: Path | None = None  #: of a file of the system's, which can be rewritten
    crontab_of: str | None = None  #: the user, of one that the program `crontab` keeps

    @property
    def is_crons(self) -> bool:
        """Whether it is what cron reads, and no copy of it."""
        return self.path is not None or self.crontab_of is not None


@dataclass(slots=True)
class Found:
    """The crontabs that are meant, what was passed over, and what to call them together."""

    stem: str
    title: str
    sources: list[Source] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  #: (path, why)


def of_user(name: str | None) -> Found:
    """The crontab of the caller, or of another user. Raises as `read_crontab`."""
    user = name or caller()
    found = Found(stem=user, title=f"the crontab of {user}")
    other = user if user != caller() else None
    label = f"crontab of {user}"
    text = read_crontab(user)
    found.sources.append(Source(label=label, text=text, form=Form.USER, owner=user, user=other, crontab_of=user))
    return found


def of_file(name: str, user: str | None, *, system: bool) -> Found:
    """A file, or stdin for `-`. Raises NotFound and NotPermitted."""
    if name == "-":
        label, text = "stdin", sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    else:
        label, text = name, _read(Path(name))
    path = Path(os.path.abspath(name))
    crons = path in (Path("/etc/crontab"), Path("/etc/anacrontab")) or path.parent == Path("/etc/cron.d")
    form = Form.SYSTEM if crons or system else Form.USER
    if path.name == "anacrontab":
        form = Form.ANACRON
    found = Found(stem=re.sub(r"[^A-Za-z0-9_-]+", "-", Path(label).name).strip("-") or "file", title=label)
    owner = "root" if form is not Form.USER else user or caller()
    as_whom = "root" if form is Form.ANACRON else user
    where = path if crons else None
    found.sources.append(Source(label=label, text=text, form=form, owner=owner, user=as_whom, path=where))
    return found


def of_system(root: Path) -> Found:
    """/etc/crontab, /etc/cron.d and /etc/anacrontab, below `root`. Raises NotFound if there is none of them."""
    found = Found(stem="system", title="the crontabs of the system")
    etc = root / "etc"
    for path, form in _candidates(etc):
        if (why := _refusal(path, etc)) is not None:
            found.skipped.append((str(path), why))
        else:
            user = "root" if form is Form.ANACRON else None
            source = Source(label=str(path), text=_read(path), form=form, owner="root", user=user, path=path)
            found.sources.append(source)
    if not found.sources and not found.skipped:
        raise NotFound(f"there is no crontab, cron.d or anacrontab in {etc}", help="qctl import crontab FILE")
    return found


def daemon_of(root: Path) -> Daemon:
    """Which cron this machine has; Debian's where none is to be seen."""
    there = [(root / "usr/sbin" / name).exists() for name in ("crond", "cron")]
    return CRONIE if there == [True, False] else DEBIAN


def is_user(root: Path, name: str) -> bool:
    """Whether the machine, or the image below `root`, knows a user."""
    if root == Path("/"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True
    try:
        lines = (root / "etc/passwd").read_text(errors="replace").splitlines()
    except OSError:
        return False
    return any(line.partition(":")[0] == name for line in lines)


def _candidates(etc: Path) -> Iterator[tuple[Path, Form]]:
    if os.path.lexists(etc / "crontab"):
        yield etc / "crontab", Form.SYSTEM
    folder = etc / "cron.d"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.startswith("."):  # what packages put there so that the folder exists
            yield path, Form.SYSTEM
    if os.path.lexists(etc / "anacrontab"):
        yield etc / "anacrontab", Form.ANACRON


def _refusal(path: Path, etc: Path) -> str | None:
    """Why cron does not read it (I11, I12); it says so to the system log alone, or not at all."""
    if path.parent.name == "cron.d" and not _ACTIVE.fullmatch(path.name):
        return "was never active: Debian's cron reads names of letters, digits, `_` and `-` alone"
    try:
        found = path.stat()
    except OSError as error:
        return f"was never active: {(error.strerror or '').lower()}"
    if not stat.S_ISREG(found.st_mode):
        return "was never active: it is no file"
    if found.st_uid != etc.stat().st_uid:
        return f"was never active: it belongs to user {found.st_uid}, and not to root"
    if found.st_mode & 0o022:
        return f"was never active: others may write to it (mode {stat.S_IMODE(found.st_mode):o}); cron refuses that"
    return None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise NotFound(f"there is no {path}", help="qctl import crontab        reads your own crontab") from None
    except OSError as error:
        raise NotPermitted(f"cannot read {path}: {error.strerror}") from None
