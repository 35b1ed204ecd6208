"""What one call of a command stands on: its settings, its folder, how to write, the configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

import typer

from qctl import clock
from qctl.cli.invocation import Invocation
from qctl.cli.settings import CHECK_FORMATS, Settings, settings
from qctl.cli.terminal import Look, look
from qctl.cli.zone import host_zone, named_zone
from qctl.config import Config, load_found
from qctl.errors import UsageError


@dataclass(frozen=True, slots=True)
class Session:
    """One call. `out` and `err` say how to write on stdout and stderr."""

    settings: Settings
    environ: Mapping[str, str]
    folder: str
    rest: tuple[str, ...] | None  #: the words after `--`
    out: Look
    err: Look

    def config(self) -> Config:
        """The configuration that was found. Raises BadFile."""
        return load_found(self.settings.file, self.environ, self.folder)

    def zone_of_dates(self, config: Config) -> tzinfo:
        """In which zone a date without one is meant."""
        if self.settings.utc:
            return UTC
        return (named_zone(config.timezone) if config.timezone else None) or host_zone(self.environ)


def session(context: typer.Context, also: tuple[str, ...] = ()) -> Session:
    """The session of a command's call; `also` are formats that this command alone can write. Raises UsageError."""
    invocation: Invocation = context.obj
    said = settings(invocation.flags, os.environ)
    if said.output in CHECK_FORMATS and said.output not in also:
        raise UsageError(f"-o {said.output} is for `qctl check` alone")
    if said.dir is not None:
        _enter(said.dir)
    zone = UTC if said.utc else host_zone(os.environ)
    now_ms = round(clock.now().timestamp() * 1000)
    return Session(
        settings=said,
        environ=os.environ,
        folder=os.getcwd(),
        rest=None if invocation.rest is None else tuple(invocation.rest),
        out=look(sys.stdout, os.environ, said.color, now_ms, zone),
        err=look(sys.stderr, os.environ, said.color, now_ms, zone),
    )


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(f"cannot work in {folder}: {error.strerror}") from None
