"""From the words of `run EXPR`, `chain`, `group` and `chord` to a composition, with the files that it names read."""

from __future__ import annotations

import shlex

from qctl.classes import replace
from qctl.cli.each import STDIN, read_lines
from qctl.cli.requesting import read_file
from qctl.cli.step_words import step_of_words
from qctl.config.workflows import with_terms
from qctl.errors import UsageError
from qctl.model.suggest import did_you_mean
from qctl.model.workflow.expression import is_expression, parse
from qctl.model.workflow.tree import Chain, Each, FromFile, Group, Policy, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from qctl.cli.submit_options import Terms
    from qctl.config.requests import Request
    from qctl.model.workflow.tree import Tree

_PERCENT: Final = "%"


def step(text: str) -> Tree:
    """A step as it is given to `chain`: words as after `run`, the name with an expression's marks, or an expression.

    `dump db=main`, `gzip?`, `upload*3 bucket=x`, `[gzip, checksum]`. Raises UsageError.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"the step `{text}` ends within quotes: {error}") from None
    if not words:
        raise UsageError("a step is an empty text", help="qctl chain 'dump db=main' gzip")
    if is_expression(words[0]):
        return parse(text)
    return step_of_words(words)


def chain(steps: Sequence[str]) -> Tree:
    """Steps one after the other. Raises UsageError if there is none (C05)."""
    if not steps:
        raise UsageError("a chain of nothing: give its steps", help="qctl chain 'dump db=main' gzip 'upload bucket=x'")
    return Chain(elements=tuple(map(step, steps)))


def group(steps: Sequence[str], terms: Group, then: str | None = None) -> Tree:
    """Steps side by side, worked off as `terms` say, and one that receives their values. Raises UsageError."""
    if not steps:
        what, more = ("group", "") if then is None else ("chord", f" --then {shlex.quote(then)}")
        raise UsageError(
            f"a {what} of nothing: give its steps, or --each with lines of them",
            help=f"qctl {what} 'probe h=a' 'probe h=b'{more}",
        )
    return chorded(replace(terms, members=tuple(map(step, steps))), then)


def chorded(members: Group, then: str | None) -> Tree:
    """A group, or that and the step that comes after it."""
    return members if then is None else Chain(elements=(members, step(then)))


def group_of(terms: Terms, members: int | None) -> Group:
    """A group that is worked off so, without its members: `members` is how many there are, None where more will come.

    Raises UsageError.
    """
    return Group(
        members=(),
        policy=_policy(terms.policy),
        fail_fast=terms.fail_fast,
        max_parallel=terms.max_parallel,
        max_fail=0 if terms.max_fail is None else _allowed(terms.max_fail, members),
    )


class NoGroup(UsageError):
    """--policy says when a group is done, and no group is made here"""

    help = "qctl run '[probe(a), probe(b)] | report' --policy settled"


def with_policy(tree: Tree, policy: str | None) -> Tree:
    """A composition with what `--policy` says of its groups, not of those within them. Raises NoGroup, UsageError."""
    if policy is None:
        return tree
    said = _policy(policy)
    found = with_terms(tree, said, fail_fast=False)
    if found == tree and said is not Policy.ALL:
        raise NoGroup()
    return found


def _policy(said: str) -> Policy:
    if said not in set(Policy):
        raise UsageError(f"--policy is one of {', '.join(Policy)}, not `{said}`{did_you_mean(said, list(Policy))}")
    return Policy(said)


def _allowed(text: str, members: int | None) -> int:
    number = text.removesuffix(_PERCENT)
    share = text.endswith(_PERCENT)
    if not (number.isascii() and number.isdecimal()) or (share and int(number) > 100):
        raise UsageError(f"--max-fail is how many members may fail, 3 or 10%, not `{text}`")
    if not share:
        return int(number)
    if members is None:
        raise UsageError(
            "--max-fail: a share needs to know how many members there are, and stdin has not ended",
            help="give a number, or read the lines from a file",
        )
    return members * int(number) // 100


def with_files(request: Request, tell: Callable[[str], None], stdin_is_for: str = "") -> Request:
    """A request with what its composition takes from files; any other as it is. Raises UsageError, or BadLine."""
    if request.tree is None:
        return request
    return replace(request, tree=Files(tell, stdin_is_for).read_in(request.tree))


class Files:
    """Reads what a composition takes from files and from stdin, which can be read once."""

    def __init__(self, tell: Callable[[str], None], stdin_is_for: str = "") -> None:
        self._tell = tell
        self._stdin_is_for = stdin_is_for  #: what else reads stdin; empty: nothing

    def read_in(self, tree: Tree) -> Tree:
        """The composition with the texts and lines of its files in it. Raises UsageError, or BadLine."""
        if isinstance(tree, Step):
            return self._step(tree)
        if isinstance(tree, Chain):
            return replace(tree, elements=tuple(map(self.read_in, tree.elements)))
        return replace(tree, members=tuple(map(self.read_in, tree.members)))

    def _step(self, one: Step) -> Step:
        if not any(isinstance(value, FromFile | Each) for value in (*one.params.values(), *one.words)):
            return one  # as most are: of a hundred thousand members copies would be an eighth of all memory
        params = {name: self._value(value, f"{one.task}: {name}") for name, value in one.params.items()}
        return replace(one, params=params, words=tuple(self._value(word, one.task) for word in one.words))

    def _value(self, value: Any, place: str) -> Any:
        if isinstance(value, FromFile) and value.text is None:
            self._once(value.path, place)
            return replace(value, text=read_file(value.path))
        if isinstance(value, Each) and value.path is not None and value.values is None:
            self._once(value.path, place)
            lines = read_lines(value.path, null=False, tell=self._tell)
            return replace(value, values=tuple(text for _, text in lines))
        return value

    def _once(self, path: str, place: str) -> None:
        if path != STDIN:
            return
        if self._stdin_is_for:
            raise UsageError(f"stdin is read for {self._stdin_is_for}: it cannot be read for {place} as well")
        self._stdin_is_for = place
