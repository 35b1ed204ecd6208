"""What `qctl run` does once its command line is read, by whichever parser: check all that is asked, and do it."""

from __future__ import annotations

from qctl.classes import dataclass, replace
from qctl.cli.requesting import options, request, seconds, shell_words
from qctl.cli.step_signs import means_expression
from qctl.dates import UTC
from qctl.errors import UsageError
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from qctl.cli.as_scheduled import as_scheduled
    from qctl.cli.composing import NoGroup, with_files, with_policy
    from qctl.cli.confirm import asks_for_secrets
    from qctl.cli.each import each, read_lines
    from qctl.cli.each_sent import submit_each
    from qctl.cli.knowing import with_told
    from qctl.cli.one import submit_one
    from qctl.cli.session import Session
    from qctl.cli.submit_options import Lines, Manner, Trial, Wish
    from qctl.config import Config
    from qctl.config.requests import Options, Request
else:
    NoGroup, with_files, with_policy = (
        later("qctl.cli.composing", name) for name in ("NoGroup", "with_files", "with_policy")
    )
    as_scheduled = later("qctl.cli.as_scheduled", "as_scheduled")
    asks_for_secrets = later("qctl.cli.confirm", "asks_for_secrets")
    each, read_lines = (later("qctl.cli.each", name) for name in ("each", "read_lines"))
    submit_each = later("qctl.cli.each_sent", "submit_each")
    submit_one = later("qctl.cli.one", "submit_one")
    with_told = later("qctl.cli.knowing", "with_told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says."""

    task: str | None = None
    params: Sequence[str] = ()
    sh: str | None = None
    policy: str | None = None
    wish: Wish
    manner: Manner
    lines: Lines
    trial: Trial

    @property
    def is_expression(self) -> bool:
        return self.task is not None and means_expression(self.task)

    def check(self, here: Session) -> None:
        """Refuse what does not go together. Raises UsageError."""
        self.manner.check(here)
        self.lines.check(self.wish)
        self.trial.check(here, self.wish, self.manner, self.lines)
        if self.policy is not None and (self.lines.each is not None or not self.is_expression):
            raise NoGroup()
        if self.wish.stdin == "-" and any(word.endswith("=@-") for word in self.params):
            raise UsageError("stdin is read for --input: it cannot be the value of a parameter as well")


def run(asked: Asked, here: Session, load: Callable[[str], Any]) -> int:
    """Check all that was asked, then do the one thing that is meant. `load` imports the module of a command."""
    rest = shell_words(asked.sh, asked.task, here.rest, each=asked.lines.each is not None)
    config = here.config()
    if asked.task is not None and not (config.declares_all or asked.trial.local or asked.is_expression):
        config = with_told(here, config, [asked.task])
    asked.check(here)
    limit = None if asked.manner.timeout is None else seconds("--timeout", asked.manner.timeout)
    chosen, dates = options(asked.wish, here.err.now, here.zone_of_dates(config) if asked.wish.names_times else UTC)
    if asked.lines.each is not None:
        _must_be_one_job(asked)
        here.echo(dates)
        return _each(asked, rest, config, here, chosen, limit)
    one = _one(asked, rest, config, here, chosen)
    here.echo(dates)
    return submit_one(one, config, here, asked.manner, load, local=asked.trial.local)


def _one(asked: Asked, rest: Sequence[str] | None, config: Config, here: Session, chosen: Options) -> Request:
    """The one thing that is meant, with what it takes from files read."""
    known = None if asked.task is None else config.known(asked.task) or config.workflows.get(asked.task)
    ask = asks_for_secrets(here) if known is not None and any(param.secret for param in known.params) else None
    one = request(asked.task, asked.params, rest, config, here.folder, chosen, ask)
    if one.tree is not None:
        one = replace(one, tree=with_policy(one.tree, asked.policy))
        one = with_files(one, here.say, "--input" if asked.wish.stdin == "-" else "")
    if not asked.trial.as_scheduled:
        return one
    now_ms = round(here.err.now.timestamp() * 1000)
    return as_scheduled(one, asked.trial.schedule, config, here.settings.namespace or config.namespace, now_ms)


def _each(
    asked: Asked, rest: Sequence[str] | None, config: Config, here: Session, chosen: Options, limit: float | None
) -> int:
    lines, manner = asked.lines, asked.manner
    assert lines.each is not None, "asked for"
    read = read_lines(lines.each, null=lines.null, tell=here.say)
    words = (asked.task, asked.params, rest)
    wanted = each(lines.each, read, words, config, here.folder, chosen, asks_for_secrets(here))
    return submit_each(wanted, config, here, wait=manner.wait, follow=manner.follow, timeout=limit)


def _must_be_one_job(asked: Asked) -> None:
    """Lines make jobs of one task, or a workflow of that name each; an expression has a word of its own for them."""
    if asked.is_expression:
        raise UsageError(
            "--each makes jobs of one task, and this is an expression",
            help="qctl run 'resize(file=each(@-)) | montage'        goes through the lines of stdin",
        )
