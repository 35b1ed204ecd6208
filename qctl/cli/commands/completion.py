"""`qctl completion SHELL`: the script that completes commands, options and names at a Tab."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from qctl.cli.completion.installing import Standing, next_steps, place_of, standing
from qctl.cli.completion.scripts import FILES, path_of
from qctl.cli.emit import as_json, write, write_text
from qctl.cli.grammar import new_app
from qctl.cli.session import Session, session
from qctl.cli.systemd.place import write as put
from qctl.errors import Refused, UsageError
from qctl.model.suggest import did_you_mean

app = new_app()

_PRINTED: Final = ("table", "wide")


@app.command()
def completion(
    context: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish")],
    install: Annotated[bool, typer.Option("--install", help="put it where the shell looks for it")] = False,
) -> None:
    """Print the script that completes qctl's commands in a shell, or put it in its place.

    \b
    qctl completion bash --install        for yourself; as root for everybody
    source <(qctl completion bash)        for this shell alone
    qctl completion zsh --install --dry-run
    """
    here = session(context) if install else session(context, _PRINTED)
    if shell not in FILES:
        meant = did_you_mean(shell, FILES)
        raise UsageError(f"there is completion for {', '.join(FILES)}, and none for `{shell}`{meant}")
    text = path_of(shell).read_text(encoding="utf-8")
    if not install:
        return write_text(text)
    return _install(here, shell, text)


def _install(here: Session, shell: str, text: str) -> None:
    """Put the script in its place, and say where that is and what to type. Raises Refused and NotPermitted."""
    path = place_of(shell, here.environ)
    found, dry = standing(path, text), here.settings.dry_run
    if found is Standing.FOREIGN:
        raise Refused(f"{path} was not written by qctl, and stays as it is", help=f"mv {path} {path}.old")
    changed = found is not Standing.SAME
    if changed and not dry:
        put(path, text)
    if here.settings.for_programs:
        facts = {"schema": "qctl.install/1", "file": str(path), "text": text, "changed": changed, "dry_run": dry}
        return write(as_json(facts))
    if dry:
        return write(f"would write {path}" if changed else f"it stands in {path} already")
    here.say("written to" if changed else "stands already in")
    write(str(path))
    for line in next_steps(shell, path, here.environ):
        here.say(line)
    return None
