"""A changed text is tried before it is written: the whole configuration is loaded with it."""

from __future__ import annotations

import os
from collections import Counter

from qctl.config.loading import load
from qctl.config.problems import BadFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.config.problems import Problem
    from qctl.config.values import Config


def tried(first: str, changed: str, text: str) -> Config:
    """The configuration that begins with the file `first`, as it is when the file `changed` holds this text.

    Raises BadFile where it would be refused as a whole.
    """
    return load(first, {os.path.realpath(changed): text})


def new_problems(before: Config | None, first: str, changed: str, text: str) -> tuple[Problem, ...]:
    """What would be wrong with the text that is not wrong `before`; what is, need not be mended first."""
    try:
        after = tried(first, changed, text).problems
    except BadFile as error:
        after = error.problems
    known = Counter(map(_kind, before.problems if before else ()))
    fresh = []
    for problem in after:
        if known[_kind(problem)]:
            known[_kind(problem)] -= 1
        else:
            fresh.append(problem)
    return tuple(fresh)


def _kind(problem: Problem) -> tuple[object, ...]:
    """What makes two problems the same one, wherever it stands by now."""
    return problem.code, problem.message, problem.file, problem.path
