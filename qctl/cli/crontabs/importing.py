"""An import, made ready: crontabs read, tasks drafted, TOML rendered, and what is to be said of it. Writes nothing."""

from __future__ import annotations

import os
import shlex
import socket
import stat
from pathlib import Path

from qctl.classes import dataclass, replace
from qctl.cli.crontabs.commenting import commented
from qctl.cli.crontabs.sources import Form, daemon_of, is_user, of_file, of_system, of_user, users_of
from qctl.cli.crontabs.telling import Told, mail_notes
from qctl.cli.crontabs.zone import zone_of
from qctl.client.crontab import caller
from qctl.config.crontab import (
    Circumstances,
    Draft,
    Origin,
    draft_anacrontab,
    draft_table,
    heading,
    must_be_safe,
    place_of,
    render,
    share_locks,
    standing,
    stands_in,
    users_named,
)
from qctl.errors import UsageError
from qctl.model.crontab import read_anacrontab, read_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.crontabs.sources import Found, Source
    from qctl.cli.session import Session
    from qctl.config import Config
    from qctl.config.crontab import (
        Place,
    )

#: What [defaults] may hold against a task that cron ran -> how a file takes it away again.
_NEUTRAL: Final = {"timeout": "none", "soft_timeout": "none", "total_timeout": "none", "expires": "none", "retries": 0}
_HARMLESS: Final = frozenset({*_NEUTRAL, "backoff", "backoff_max", "jitter", "doc", "tags", "keep", "grace"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which crontabs, and how they are to be read."""

    file: str | None
    user: str | None
    system: bool
    modernise: bool
    root: Path

    @property
    def words(self) -> list[str]:
        """The command that asks for the same."""
        flags = {"--user": self.user, "--root": str(self.root) if self.root != Path("/") else None}
        words = ["qctl", "import", "crontab", *([self.file] if self.file else []), *(["--system"] * self.system)]
        words += [word for flag, value in flags.items() if value for word in (flag, value)]
        return words + ["--modernise"] * self.modernise


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """All that is to be written and said."""

    told: Told
    toml: str
    kept: bool  #: it is what was changed since an earlier import, and stays
    place: Place
    private: bool  #: nobody else may read what is written, for nobody else could read it before
    relied_on: list[str]  #: the tasks that qctl must have read before cron gives up their lines
    edited: list[tuple[Source, str]]  #: the crontabs that change, with the imported lines commented out


def prepare(here: Session, wanted: Wanted, *, write: bool, comment_out: bool) -> Import:
    """Read and draft. Raises BadFile for a tasks.toml that cannot be read, and what reading crontabs raises."""
    config = here.config()
    found = _found(wanted)
    if write and comment_out and (copy := next((each for each in found.sources if not each.is_crons), None)):
        said = f"{copy.label} is no crontab that cron reads: --comment-out prints it, without --write"
        raise UsageError(said, help=f"{shlex.join(wanted.words)} --comment-out")
    place = place_of(config.file or None, here.folder, found.stem, heading(found.title))
    draft = _draft(here, found, wanted, config, place)
    defaults, notes = _against_defaults(config)
    toml = render(draft, found.title, shlex.join(wanted.words), defaults)
    if write:
        must_be_safe(place)
    there = standing(place) if write and comment_out else None
    kept = there if there not in (None, toml) else None
    edited = [(source, _edited(source, draft, kept)) for source in found.sources]
    private = any(source.private for source in found.sources)
    told = Told(
        draft=draft,
        skipped=found.skipped,
        notes=[
            *mail_notes(draft),
            *found.notes,
            *notes,
            *_about_anacron(found),
            *_about_users(draft),
            *_about_kept(draft, place, kept),
            *(_about_readers(place) if write and private else []),
        ],
        next=_next(here, wanted, draft, place, write=write, comment_out=comment_out),
    )
    return Import(
        told=told,
        toml=toml if kept is None else kept,
        kept=kept is not None,
        place=place,
        private=private,
        relied_on=[task.name for task in draft.tasks if not task.reason] if kept is None else [],
        edited=[(source, text) for source, text in edited if text != source.text],
    )


def _found(wanted: Wanted) -> Found:
    if wanted.system and wanted.file is None:
        return of_system(wanted.root)
    if wanted.file is not None:
        return of_file(wanted.file, wanted.user, system=wanted.system)
    return of_user(wanted.user)


def _draft(here: Session, found: Found, wanted: Wanted, config: Config, place: Place) -> Draft:
    others = [name for name, task in config.tasks.items() if task.file != place.path]
    broken = [name for name, why in config.broken.items() if why[0].file != place.path]
    own = config.documents.get(place.path, {}).get("notify", {})
    notify = config.notify.keys() - set(own)
    draft = Draft(taken={*others, *broken, *config.workflows}, taken_notify=set(notify))
    zone, shared = zone_of(wanted.root), bool(here.settings.redis or config.redis)
    usual = config.timezone or ("" if shared else zone_of(Path("/")))  # in which a schedule is meant that says none
    about = Circumstances(
        daemon=daemon_of(wanted.root),
        timezone=zone if zone != usual else None,
        host=socket.gethostname() if shared else None,
        is_user=lambda name: is_user(wanted.root, name),
        among=users_of(wanted.root),
        modernise=wanted.modernise,
        anacron=any(source.form is Form.ANACRON for source in found.sources),
    )
    for source in found.sources:
        _add(draft, source, about, wanted)
    share_locks(draft, about)
    return draft


def _add(draft: Draft, source: Source, about: Circumstances, wanted: Wanted) -> None:
    origin = Origin(label=source.label, owner=source.owner, user=source.user)
    if source.form is Form.ANACRON:
        draft_anacrontab(draft, *read_anacrontab(source.text), origin, about)
    else:
        table = read_table(source.text, about.daemon, users=source.form is Form.SYSTEM)
        draft_table(draft, table, origin, about)
        users = users_named((line.command for line in table.lines), about.is_user) if source.form is Form.USER else []
        if users:
            draft.notes.append((source.label, _about_names(users, wanted)))


def _edited(source: Source, draft: Draft, kept: str | None) -> str:
    """The crontab without what runs here; what is not enabled here stays where it is, and does what it did.

    `kept`: the file that an earlier import wrote, and somebody has changed since: only its lines run here.
    """
    ours = [task for task in draft.tasks if task.origin == source.label and (not task.reason or task.replaced)]
    gone = {task.number for task in ours if kept is None or stands_in(task, kept)}
    return commented(source.text, gone)


def _about_kept(draft: Draft, place: Place, kept: str | None) -> list[str]:
    if kept is None:
        return []
    new = [str(task.number) for task in draft.tasks if not stands_in(task, kept)]
    said = [f"{place.path} stays as it was changed since it was written"]
    return [*said, *([f"not in that file, and still cron's: line {', '.join(new)}"] if new else [])]


def _about_readers(place: Place) -> list[str]:
    """What those have to know who use a tasks.toml of several people's."""
    if place.includer is None or not os.stat(place.includer).st_mode & stat.S_IROTH:
        return []
    said = f"{place.path} is for you alone to read, as the crontab is, and {place.includer} for all"
    return [f"{said}: where others run qctl with it, chmod 644 {place.path}"]


def _against_defaults(config: Config) -> tuple[Mapping[str, Any], list[str]]:
    """What the file has to say against [defaults] of the one that includes it, and what it cannot say."""
    said = config.documents.get(config.file, {}).get("defaults", {})
    left = sorted(set(said) - _HARMLESS)
    notes = [f"[defaults] of {config.file} holds for these tasks too: {', '.join(left)}"] if left else []
    return {key: value for key, value in _NEUTRAL.items() if key in said}, notes


def _about_anacron(found: Found) -> list[str]:
    if not any(source.form is Form.ANACRON for source in found.sources):
        return []
    return ["once these tasks run, anacron must not: systemctl disable --now anacron.timer anacron.service"]


def _about_names(users: Sequence[str], wanted: Wanted) -> str:
    """What is to be said of a crontab that is read as a user's, and looks as the system's do."""
    said = f"its lines begin with the name of a user ({', '.join(users)}), as those of the system's crontabs do"
    if wanted.file is None:
        return f"{said}: cron takes it for a program"
    return f"{said}: {shlex.join(replace(wanted, user=None, system=True).words)}"


def _about_users(draft: Draft) -> list[str]:
    others = sorted({str(task.keys["user"]) for task in draft.tasks if "user" in task.keys} - {caller()})
    return [f"to run as {', '.join(others)} a worker has to be root's"] if others and os.geteuid() else []


def _next(here: Session, wanted: Wanted, draft: Draft, place: Place, *, write: bool, comment_out: bool) -> list[str]:
    if not draft.tasks:
        return []
    if here.settings.dry_run and write:
        include = "" if place.includer is None or place.included else f", and includes it in {place.includer}"
        return [f"without --dry-run this writes {place.path}{include}"]
    if wanted.file == "-":
        return ["qctl import crontab FILE --write"]
    again = shlex.join(wanted.words)
    out = f"{again} --comment-out --write        or cron runs them too"
    if not write:
        return [out if comment_out else f"{again} --write        writes {place.path}"]
    stays = [] if comment_out or wanted.file else [out]
    return ["qctl check", "qctl schedule next", *stays]
