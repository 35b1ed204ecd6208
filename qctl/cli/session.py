"""What one call of a command stands on: its settings, its folder, how to write, the configuration."""

from __future__ import annotations

import os
import sys

from qctl import clock
from qctl.classes import dataclass
from qctl.cli.emit import say
from qctl.cli.settings import CHECK_FORMATS, FORMATS, settings
from qctl.cli.terminal import look, width_of
from qctl.client.opening import open_client
from qctl.config.at_hand import load_found
from qctl.config.late_zone import LateZone
from qctl.config.places import SYSTEM_STATE
from qctl.config.problems import BadFile
from qctl.config.values import Config
from qctl.dates import UTC
from qctl.errors import NotPermitted, RedisUnreachable, UsageError
from qctl.later import later
from qctl.model.cells import visible, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo
    from shlex import quote
    from typing import Any, Final, Protocol

    from qctl.cli.failure import masked
    from qctl.cli.invocation import Invocation
    from qctl.cli.settings import Settings
    from qctl.cli.terminal import Look
    from qctl.client.asking import Client, Instance
    from qctl.client.server import hidden_system_instance, running_server, state_directory
    from qctl.config.loading import load_settings
    from qctl.model.local_time import Moment

    class _Context(Protocol):
        """What the parser hands to a command."""

        obj: Any
else:
    hidden_system_instance, running_server, state_directory = (
        later("qctl.client.server", name) for name in ("hidden_system_instance", "running_server", "state_directory")
    )
    load_settings = later("qctl.config.loading", "load_settings")
    masked = later("qctl.cli.failure", "masked")
    quote = later("shlex", "quote")

#: What helps when the embedded server has gone: nobody else starts it, and there is no URL to mend.
_REVIVE: Final = "qctl up -d        starts it again\ntail {log}        says why it went"
#: … and when it is there, and says nothing.
_SILENT: Final = "ps -o stat,time -p {pid}        it is there: `T` is stopped, `R` at work\ntail {log}"


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
        named = self.settings.file
        try:
            config = load_found(named, self.environ, self.folder)
        except BadFile as error:
            if named and not os.path.exists(os.path.join(self.folder, os.path.expanduser(named))):
                error.facts["help"] = "--file or QCTL_FILE names it; without them the nearest tasks.toml is used"
            raise
        return config

    def instance_config(self) -> Config:
        """What a command needs that only looks or stops: which instance is meant. A broken file is warned of.

        Raises BadFile if it does not say for certain which one, and --redis does not either: another one's jobs, or
        none, would be taken for those of this one.
        """
        try:
            return self.config()
        except BadFile as error:
            config = self._settings_beside(error)
            space = self.settings.namespace or config.namespace
            self.warn(f"{error}; going on without its tasks, with namespace {space} ({self._check})")
            return config

    def config_to_look_by(self) -> tuple[Config | None, BadFile | None]:
        """As much of the configuration as says which instance is meant, and what is wrong with it. Never raises.

        None in place of the first where nothing says that for certain.
        """
        try:
            return self.config(), None
        except BadFile as error:
            try:
                return self._settings_beside(error), error
            except BadFile:
                return None, error

    @property
    def _check(self) -> str:
        """The command that says all that is wrong in the file at hand."""
        return f"qctl --file {quote(self.settings.file)} check" if self.settings.file else "qctl check"

    def _settings_beside(self, error: BadFile) -> Config:
        chosen = self.settings
        try:
            return load_settings(chosen.file, self.environ, self.folder)
        except BadFile:
            if chosen.redis:
                return Config()
            way_out = "qctl --file /dev/null …        goes on without any file; --redis and --namespace say where"
            error.facts["help"] = f"{error.advice}\n{way_out}"
            raise error from None

    def client(self, config: Config | None = None, *, start: bool = True) -> Using:
        """The instance that is meant, to be used in a `with`. Without `start` no server is started for it.

        Without a `config` it is `instance_config`. Raises BadFile, and RedisUnreachable if there is none.
        """
        return Using(self.open(config if config is not None else self.instance_config(), start=start))

    def open(self, config: Config, *, start: bool = False) -> Client:
        """A client that the caller closes. Raises RedisUnreachable if there is no instance."""
        chosen = self.settings
        return open_client(config, chosen.redis, chosen.namespace, chosen.redis_timeout, start=start)

    def say(self, line: str) -> None:
        """Talk to people: on stderr, unless they asked for quiet. What the line quotes cannot drive the terminal."""
        if not self.settings.quiet:
            say("\n".join(self._wrapped(line)))

    def let_go(self, line: str, key: KeyboardInterrupt) -> None:
        """Say what Ctrl-C came to: on a line below the `^C`, where a terminal has shown it."""
        self.say(f"\n{line}" if sys.stderr.isatty() and type(key) is KeyboardInterrupt else line)

    def warn(self, line: str) -> None:
        """Warn: on stderr, quiet or not."""
        first, *more = self._wrapped(f"warning: {line}")
        say("\n".join([self.err.paint("warning:", "yellow") + first.removeprefix("warning:"), *more]))

    def _wrapped(self, text: str) -> list[str]:
        """Talk in lines that fit the terminal."""
        lines = visible(text, keep="\n").split("\n")
        room = None if self.err.width is None else width_of(sys.stderr, self.environ)  # it may have been made narrower
        fitting = lines if room is None else [part for line in lines for part in wrapped(line, room)]
        return [self.err.sign(line) for line in fitting]

    def echo(self, dates: Iterable[tuple[str, Moment]]) -> None:
        """Say in full what dates were taken for, each after the word for what happens then."""
        for word, moment in dates:
            self.say(f"{word} {moment.echo(self.err.now)}")
            if moment.note:
                self.say(f"note: {moment.note}")

    def zone_of_dates(self, config: Config) -> tzinfo:
        """In which zone a date without one is meant."""
        if self.settings.utc:
            return UTC
        return LateZone(self.environ, config.timezone)


class Using:
    """A client while it is used, that is closed behind it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __enter__(self) -> Client:
        return self._client

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        self._client.close()
        if isinstance(error, RedisUnreachable) and self._client.instance.embedded and "help" not in error.facts:
            error.facts["help"] = _help_with_server(error)


def _help_with_server(error: RedisUnreachable) -> str:
    """What helps where the embedded server did not answer."""
    log = state_directory() / "server.log"
    there = running_server() if isinstance(error.__cause__, TimeoutError) else None
    return _REVIVE.format(log=log) if there is None else _SILENT.format(log=log, pid=there.pid)


def session(context: _Context, formats: Sequence[str] = FORMATS) -> Session:
    """The session of a command's call; `formats` are those that the command can write. Raises UsageError."""
    return open_session(context.obj, formats)


def open_session(invocation: Invocation, formats: Sequence[str]) -> Session:
    """The session of a call that may be of no command. Raises UsageError."""
    said = settings(invocation.flags, os.environ, formats)
    if said.output not in formats:
        if said.output in CHECK_FORMATS:
            raise UsageError(f"-o {said.output} is for `qctl check` alone")
        call = f"qctl {invocation.command}".strip()
        raise UsageError(f"`{call}` writes {', '.join(formats)}, and no {said.output}")
    if said.dir is not None:
        _enter(said.dir)
    zone = UTC if said.utc else LateZone(os.environ)
    now_ms = round(clock.now().timestamp() * 1000)
    here = Session(
        settings=said,
        environ=os.environ,
        folder=os.getcwd(),
        rest=None if invocation.rest is None else tuple(invocation.rest),
        out=look(sys.stdout, os.environ, said.color, now_ms, zone),
        err=look(sys.stderr, os.environ, said.color, now_ms, zone),
    )
    named = str(invocation.flags.get("redis", ""))
    if named and masked(named) != named:
        here.warn("the process list shows the password in --redis to everybody: say it in QCTL_REDIS or tasks.toml")
    return here


def server_name(instance: Instance) -> str:
    """Which instance a listing is of."""
    return instance.title


def refuse_hidden_instance(here: Session, config: Config) -> None:
    """Never show an empty world to somebody who means the system's. Raises NotPermitted.

    That is: no server is named, none of the caller's own runs, and there is a system instance that he may not read.
    """
    if not (here.settings.redis or config.redis) and hidden_system_instance():
        raise NotPermitted(
            f"{SYSTEM_STATE} belongs to root's qctl, which you may not read, and you have none running",
            help="sudo qctl status",
        )


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(f"cannot work in {folder}: {error.strerror}") from None
