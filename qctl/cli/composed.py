"""`chain`, `group` and `chord`: a composition is submitted like any other request, or fed from stdin as that comes."""

from __future__ import annotations

import shlex
from functools import partial

from qctl.classes import replace
from qctl.cli.composing import chorded, group, group_of, with_files
from qctl.cli.confirm import asks_for_secrets
from qctl.cli.each import STDIN, each, read_lines
from qctl.cli.feeding import feed, no_other
from qctl.cli.knowing import with_told
from qctl.cli.one import submit_one
from qctl.cli.requesting import options, seconds
from qctl.cli.step_words import composed, step_of_words
from qctl.client import run_directory
from qctl.config.requests import Options
from qctl.errors import UsageError
from qctl.model.workflow.expression import is_expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.cli.each import NumberedLines
    from qctl.cli.session import Session
    from qctl.cli.submit_options import Lines, Manner, Terms, Wish
    from qctl.config import Config
    from qctl.config.requests import Request
    from qctl.model.workflow.tree import Step, Tree


def submit_composed(tree: Tree, here: Session, wish: Wish, manner: Manner) -> int:
    """Submit a composition. Answers the exit code."""
    config = here.config()
    manner.check(here)
    chosen, dates = options(wish, here.err.now, here.zone_of_dates(config))
    one = with_files(composed(tree, here.folder, chosen), here.say, "--input" if wish.stdin == STDIN else "")
    here.echo(dates)
    return submit_one(one, config, here, manner, no_other)


def submit_group(
    steps: Sequence[str], then: str | None, terms: Terms, lines: Lines, here: Session, wish: Wish, manner: Manner
) -> int:
    """Submit a group, or with `then` a chord. Answers the exit code."""
    lines.check(wish)
    if lines.each is None:
        return submit_composed(group(steps, group_of(terms, len(steps)), then), here, wish, manner)
    manner.check(here)
    group_of(terms, 1)  # so that a slip is told before the first line is read
    config = here.config()
    chosen, dates = options(wish, here.err.now, here.zone_of_dates(config))
    members = Members(steps, here, config, lines.each, "group" if then is None else f"chord --then {shlex.quote(then)}")
    here.echo(dates)
    if lines.each == STDIN and not (here.settings.dry_run or manner.graph or run_directory(here.environ)):
        limit = None if manner.timeout is None else seconds("--timeout", manner.timeout)
        how = partial(group_of, terms)
        return feed(members.of, how, then, here, members.config, chosen, manner, limit, null=lines.null)
    found = members.of(read_lines(lines.each, null=lines.null, tell=here.say))
    tree = chorded(replace(group_of(terms, len(found)), members=found), then)
    one = with_files(composed(tree, here.folder, chosen), here.say, "--each" if lines.each == STDIN else "")
    return submit_one(one, config, here, manner, no_other)


class Members:
    """A member for each line: the step with the line in place of `{}`, or as its first parameter without a value."""

    def __init__(self, steps: Sequence[str], here: Session, config: Config, source: str, command: str) -> None:
        said = [*shlex.split(steps[0]), *steps[1:]] if steps else []
        words, rest = (said[: said.index("--")], said[said.index("--") + 1 :]) if "--" in said else (said, here.rest)
        if not words or is_expression(words[0]):
            raise UsageError(
                "--each makes members of one task: name it, and its parameters",
                help="ls *.png | qctl group 'resize size=100' --each -",
            )
        self._step = step_of_words(words[:1])
        task = (self._step.task, words[1:], rest)
        self.config = with_told(here, config, [self._step.task])
        self._each = each(source, (), task, self.config, here.folder, Options(), asks_for_secrets(here), command)

    def of(self, lines: NumberedLines | Sequence[tuple[int, str]]) -> tuple[Step, ...]:
        """The members of these lines. Raises BadLine."""
        some = self._each.of(lines)
        with some.naming_lines():
            return tuple(self._member(request) for request in some)

    def _member(self, request: Request) -> Step:
        return replace(self._step, params=request.params, args=request.args, typed=True)
