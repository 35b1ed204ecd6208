"""A step from words: a task's name, maybe with an expression's marks, then its parameters as after `run`."""

from __future__ import annotations

from qctl.classes import replace
from qctl.cli.step_signs import refuse_signs
from qctl.config.lone import is_lone
from qctl.config.options import Options, Request
from qctl.errors import UsageError
from qctl.model.call import PIPELINE
from qctl.model.params import split_word
from qctl.model.strict_json import parse as parse_json
from qctl.model.workflow.expression import parse
from qctl.model.workflow.tree import FromFile, Literal, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.model.workflow.tree import Tree, Value


def step_of_words(words: Sequence[str]) -> Step:
    """A step from words that the shell has parted: the name with its marks, then parameters and values by place."""
    name, *rest = words
    refuse_signs(name, rest)
    found = parse(name)
    assert isinstance(found, Step)
    params: dict[str, Value] = {}
    by_place: list[Value] = []
    for word in rest:
        if "=" not in word:
            by_place.append(word)
            continue
        key, sign, value = split_word(word)
        if key in params:
            raise UsageError(f"{found.task}: `{key}` is given twice")
        params[key] = _value(found.task, key, sign, value)
    return replace(found, params=params, words=tuple(by_place))


def composed(tree: Tree, folder: str, options: Options) -> Request:
    """The request for a composition, whose files have been read. Relative paths in it are taken from `folder`.

    That of one step alone is a request for its task.
    """
    task = tree.task if isinstance(tree, Step) and is_lone(tree) else PIPELINE
    return Request(task=task, tree=tree, cwd=folder, options=options)


def _value(task: str, key: str, sign: str, text: str) -> Value:
    if sign == "=@":
        return FromFile(text)
    if sign != ":=":
        return text
    try:
        return Literal(parse_json(text))
    except ValueError as error:
        raise UsageError(f"{task}: parameter `{key}`: no JSON: {error}") from None
