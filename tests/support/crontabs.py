"""A `crontab` on PATH that keeps its tables in a folder, and files of an image, for `qctl import crontab` to read."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import Answer, Home

#: As Debian's, over the folder `spool` of the home. REFUSES makes it fail.
CRONTAB = """#!/bin/sh
user=me
[ "$1" = -u ] && { user=$2; shift 2; }
[ "$REFUSES" = "$1" ] && { echo "you are not allowed to use this program" >&2; exit 1; }
case "$1" in
  -l) [ -e "$HOME/spool/$user" ] || { echo "no crontab for $user" >&2; exit 1; }; cat "$HOME/spool/$user" ;;
  -) cat > "$HOME/spool/$user" ;;
esac
"""


def with_crontab(home: Home, lines: str) -> Home:
    """A home whose `crontab` has these lines."""
    program = home.folder / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(CRONTAB)
    program.chmod(0o755)
    (home.folder / "spool").mkdir()
    spool(home).write_text(lines)
    return home


def spool(site: Home, user: str = "me") -> Path:
    """The table of a user."""
    return site.folder / "spool" / user


def import_(site: Home, *words: str, **variables: str) -> Answer:
    """`qctl import crontab` where that `crontab` is found."""
    path = f"{site.folder}/bin:{site.environment()['PATH']}"
    return site.run("import", "crontab", *words, env={"PATH": path, **variables})


def etc(site: Home, name: str, text: str, mode: int = 0o644) -> Path:
    """A file of an image below `image`."""
    path = site.folder / "image" / "etc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path
