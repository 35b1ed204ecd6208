"""`qctl import crontab`: the way in for what cron runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qctl.classes import dataclass, replace
from qctl.cli.confirm import confirm
from qctl.cli.crontabs.commenting import install, must_be_writable
from qctl.cli.crontabs.importing import Import, Wanted, prepare
from qctl.cli.crontabs.telling import as_document, folded, lines
from qctl.cli.emit import as_json, write, write_text
from qctl.cli.grammar import new_app
from qctl.cli.session import Session, session
from qctl.config.crontab import write_place
from qctl.errors import QctlError, Refused, UsageError

app = new_app()


@app.callback()
def import_() -> None:
    """Take over what another scheduler runs.

    \b
    qctl import crontab                your own, as TOML to read
    qctl import crontab --write        into tasks.d, included

    See also: export, schedule next, qctl help cron
    """


@dataclass(frozen=True, slots=True)
class _Ways:
    """What is to be done with it."""

    write: bool
    comment_out: bool


@app.command()
def crontab(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="a crontab, - for stdin; left out: your own")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="the crontab of this user")] = None,
    system: Annotated[bool, typer.Option("--system", help="/etc/crontab, /etc/cron.d, /etc/anacrontab")] = False,
    write_it: Annotated[
        bool, typer.Option("--write", help="into a file that tasks.toml includes, or a first tasks.toml")
    ] = False,
    comment_out: Annotated[
        bool, typer.Option("--comment-out", help="the crontab, imported lines commented out")
    ] = False,
    modernise: Annotated[
        bool, typer.Option("--modernise", help="keys in the place of flock, timeout and so on")
    ] = False,
    root: Annotated[str, typer.Option("--root", metavar="DIR", help="of an image whose files are below DIR")] = "/",
) -> int:
    """Turn a crontab into tasks with schedules, and tell what differs.

    \b
    qctl import crontab                          your own, as TOML to read
    qctl import crontab --write                  into tasks.d, included
    qctl import crontab --comment-out --write    the same, and out of cron
    qctl import crontab --system                 the machine's, with users
    qctl import crontab old.crontab              a file, or - for stdin

    Exit codes:
      1  some lines could not be read; the others are imported

    See also: export crontab, schedule next, qctl help cron
    """
    here = session(context, ("table", "wide", "json"))
    if system and user:
        raise UsageError("--system reads crontabs that name the user in each line: it goes without --user")
    if root != "/" and (source or not system):
        raise UsageError("--root goes with --system")
    wanted = Wanted(file=source, user=user, system=system, modernise=modernise, root=Path(root))
    made = prepare(here, wanted, write=write_it, comment_out=comment_out)
    ways = _Ways(write_it, comment_out)
    done = _do(here, made, ways) if write_it and not here.settings.dry_run else {}
    _show(here, made, ways, done)
    return made.told.code


def _do(here: Session, made: Import, ways: _Ways) -> dict[str, Any]:
    """Write the tasks, then take the lines out of cron: better twice for a moment than not at all."""
    if not made.told.draft.tasks:
        return {}
    edited = made.edited if ways.comment_out else []
    for source, _ in edited:
        must_be_writable(source)
    if edited:
        many = ", ".join(source.label for source, _ in edited)
        confirm(here, f"Write {made.place.path}, and comment the imported lines out of {many}?")
    changed = write_place(made.place, made.toml, private=made.private)
    if edited:
        _must_be_read(here, made)
    kept = []
    for source, text in edited:
        try:
            kept.append(install(source, text))
        except QctlError:
            here.warn(f"{made.place.path} is written, and cron still runs the lines of {source.label}: both would run")
            raise
    return {"file": made.place.path, "changed": changed, "backups": [each for each in kept if each]}


def _must_be_read(here: Session, made: Import) -> None:
    """Raises Refused unless each task is one of the configuration's: what cron gives up, something else has to run."""
    try:
        config = here.config()
    except QctlError:
        here.warn(f"{made.place.path} is written, and qctl cannot read it: cron keeps every line")
        raise
    lost = [name for name in made.relied_on if name not in config.tasks or not config.tasks[name].enabled]
    if lost:
        said = f"{made.place.path} is written, and qctl would not run {', '.join(lost)}: cron keeps every line"
        raise Refused(said, help="qctl check")


def _show(here: Session, made: Import, ways: _Ways, done: dict[str, Any]) -> None:
    if here.settings.for_programs:
        crontabs = [{"file": source.label, "text": text} for source, text in made.edited] if ways.comment_out else None
        more = {"file": None, "changed": False, "backups": [], **done, "crontabs": crontabs}
        write(as_json(as_document(made.told, made.toml, **more, dry_run=here.settings.dry_run)))
        return
    if done:
        write(str(done["file"]))
    elif ways.comment_out and not ways.write:
        for source, text in made.edited:
            if len(made.edited) > 1:
                here.say(f"--- {source.label}")
            write_text(text)
    elif made.told.draft.tasks:
        write_text(made.toml)
    told = replace(made.told, unchanged=bool(done) and not (done["changed"] or made.kept))
    for line in folded(lines(told), here.err.width):
        here.say(line)
    for kept in done.get("backups", []):
        here.say(f"as it was before: {kept}")
