"""Which crontabs are meant, their texts, and which files cron never looked at or refuses without a word."""

from __future__ import annotations

import os
import pwd
import re
import stat
import sys
from enum import Enum
from pathlib import Path

from qctl.classes import dataclass, field
from qctl.cli.crontabs.image import inside
from qctl.client.crontab import caller, read_crontab
from qctl.config.editing.swap import read_original
from qctl.errors import NotFound, NotPermitted
from qctl.model.crontab import CRONIE, DEBIAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.config.editing.swap import Original
    from qctl.model.crontab import Daemon

_ACTIVE: Final = re.compile(r"[A-Za-z0-9_-]+")  #: names in /etc/cron.d that Debian's cron looks at
_LEFT_ASIDE: Final = re.compile(r"[#.].*|.*(?:~|\.rpm(?:save|orig|new))")  #: those that cronie does not look at
_CRONIES_MODE: Final = 0o7533  #: the bits of which only 0o400 may be set
_HOST: Final = Path("/")


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
    file: Original | None = None  #: of the system's, which can be rewritten
    private: bool = True  #: others may not read it
    crontab_of: str | None = None  #: the user, of one that the program `crontab` keeps

    @property
    def is_crons(self) -> bool:
        """Whether it is what cron reads, and no copy of it."""
        return self.file is not None or self.crontab_of is not None


@dataclass(slots=True)
class Found:
    """The crontabs that are meant, what was passed over, and what to call them together."""

    stem: str
    title: str
    sources: list[Source] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  #: (path, why)
    notes: list[str] = field(default_factory=list)  #: what else is to be known of what is meant


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
    path = Path(os.path.abspath(name))
    found = Found(stem=re.sub(r"[^A-Za-z0-9_-]+", "-", Path(name).name).strip("-") or "file", title=name)
    crons = path in (Path("/etc/crontab"), Path("/etc/anacrontab")) or path.parent == Path("/etc/cron.d")
    form = Form.SYSTEM if crons or system else Form.USER
    if path.name == "anacrontab":
        form = Form.ANACRON
    if name == "-":
        found.stem, found.title = "stdin", "stdin"
        text, private = sys.stdin.buffer.read().decode("utf-8", "surrogateescape"), True
    elif crons and (why := _refusal(path, _HOST)) is None:
        found.sources.append(_of_cron(path, _HOST, form))
        return found
    else:
        text, private = _read(path), _is_private(path)
        if crons:
            found.skipped.append((str(path), why or ""))
    owner = "root" if form is not Form.USER else user or caller()
    as_whom = "root" if form is Form.ANACRON else user
    source = Source(label=found.title, text=text, form=form, owner=owner, user=as_whom, private=private)
    found.sources.append(source)
    return found


def of_system(root: Path) -> Found:
    """/etc/crontab, /etc/cron.d and /etc/anacrontab, below `root`. Raises NotFound if there is none of them."""
    found = Found(stem="system", title="the crontabs of the system")
    for path, form in _candidates(root):
        if (why := _refusal(path, root)) is not None:
            found.skipped.append((str(path), why))
        else:
            found.sources.append(_of_cron(path, root, form))
    found.notes += _of_users(root)
    if not found.sources and not found.skipped:
        raise NotFound(f"there is no crontab, cron.d or anacrontab in {root / 'etc'}", help="qctl import crontab FILE")
    return found


def _of_users(root: Path) -> list[str]:
    """That users have crontabs, which are not the system's: whoever takes leave of cron must not lose them unawares."""
    folder = _real(root / "var/spool/cron" / ("" if daemon_of(root).cronie else "crontabs"), root)
    try:
        names = sorted(each.name for each in os.scandir(folder) if each.is_file(follow_symlinks=False))
    except OSError:  # nobody has one, or the caller may not look into other people's
        return []
    way = "--user NAME" if root == _HOST else f"{folder}/NAME --user NAME"
    return [f"users have crontabs of their own: {', '.join(names)}: qctl import crontab {way}"] if names else []


def _of_cron(path: Path, root: Path, form: Form) -> Source:
    """A file that cron reads, which `_refusal` has nothing against."""
    try:
        real = _real(path, root)
        file = read_original(str(real))
        private = _is_private(real)
    except OSError as error:
        raise NotPermitted(f"cannot read {path}: {error.strerror}") from None
    user = "root" if form is Form.ANACRON else None
    text = file.data.decode("utf-8", "surrogateescape")
    return Source(label=str(path), text=text, form=form, owner="root", user=user, file=file, private=private)


def daemon_of(root: Path) -> Daemon:
    """Which cron this machine has; Debian's where none is to be seen."""
    there = [os.path.lexists(_real(root / "usr/sbin" / name, root)) for name in ("crond", "cron")]
    return CRONIE if there == [True, False] else DEBIAN


def is_user(root: Path, name: str) -> bool:
    """Whether the machine, or the image below `root`, knows a user."""
    if root == _HOST:
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True
    try:
        lines = read_original(str(_real(root / "etc/passwd", root))).data.decode(errors="replace").splitlines()
    except OSError:
        return False
    return any(line.partition(":")[0] == name for line in lines)


def users_of(root: Path) -> str:
    """Where `is_user` looks for them, to be read behind `there is no user NAME`."""
    if root == _HOST:
        return "on this machine"
    path = root / "etc/passwd"
    try:
        read_original(str(_real(path, root)))
    except OSError as error:
        return f"to be found: {path} cannot be read ({(error.strerror or '').lower()})"
    return f"in {path}"


def _real(path: Path, root: Path) -> Path:
    return inside(root, str(path.relative_to(root)))


def _candidates(root: Path) -> Iterator[tuple[Path, Form]]:
    etc = root / "etc"
    if os.path.lexists(_real(etc, root) / "crontab"):
        yield etc / "crontab", Form.SYSTEM
    folder = _real(etc / "cron.d", root)
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        if not name.startswith("."):  # what packages put there so that the folder exists
            yield etc / "cron.d" / name, Form.SYSTEM
    if os.path.lexists(_real(etc, root) / "anacrontab"):
        yield etc / "anacrontab", Form.ANACRON


def _refusal(path: Path, root: Path) -> str | None:
    """Why cron does not read it (I11, I12), which it says to the system log alone; or why root must not."""
    daemon = daemon_of(root)
    if path.parent.name == "cron.d" and (why := _passed_over(path.name, daemon)):
        return f"was never active: {why}"
    try:
        link, real = _real(path.parent, root) / path.name, _real(path, root)
        found, its_root = real.lstat(), _real(root / "etc", root).stat().st_uid
        owners, folder = {found.st_uid, link.lstat().st_uid}, real.parent.stat()
    except OSError as error:
        return f"was never active: {(error.strerror or '').lower()}"
    if not stat.S_ISREG(found.st_mode):
        return "was never active: it is no file"
    if owners != {its_root}:
        return f"was never active: it belongs to user {max(owners - {its_root})}, and not to root"
    mode = f"(mode {stat.S_IMODE(found.st_mode):o})"
    if found.st_mode & 0o022:
        return f"was never active: others may write to it {mode}; cron refuses that"
    if daemon.cronie and found.st_mode & _CRONIES_MODE != 0o400:
        return (
            f"was never active: its owner has to read it, and nobody to execute it {mode}; {daemon.name} refuses that"
        )
    if link.is_symlink() and (folder.st_mode & 0o022 or folder.st_uid != its_root):
        return f"is not imported: it is a link into {real.parent}, which others than root may write to"
    return None


def _passed_over(name: str, daemon: Daemon) -> str:
    if daemon.cronie:
        return "cronie leaves names aside that end in ~, .rpmsave and the like" if _LEFT_ASIDE.fullmatch(name) else ""
    return "" if _ACTIVE.fullmatch(name) else "Debian's cron reads names of letters, digits, `_` and `-` alone"


def _is_private(path: Path) -> bool:
    return not path.stat().st_mode & stat.S_IROTH


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise NotFound(f"there is no {path}", help="qctl import crontab        reads your own crontab") from None
    except OSError as error:
        raise NotPermitted(f"cannot read {path}: {error.strerror}") from None
