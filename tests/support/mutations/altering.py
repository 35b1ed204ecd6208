"""How a running program is altered: texts of scripts and of functions are replaced, or functions are wrapped.

A text that is not there any more, or stands there twice, is a failure: else a change of qctl could turn a mutation into
one that alters nothing, and every test of a protection would pass for no reason.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any

from qctl.store import command


class Gone(LookupError):
    """What was to be altered is not where it was."""


@dataclass(frozen=True, slots=True)
class InScript:
    """A text in one file of `qctl/store/lua`, and what stands in its place."""

    file: str  #: without `.lua`
    text: str
    instead: str = ""

    def alter(self) -> Callable[[], None]:
        """Let every script that is read from now on read otherwise. Answers what undoes it. Raises Gone."""
        read, (old, new) = command._read, (self.text.encode(), self.instead.encode())
        try:
            _must_stand_once(self.text, read(self.file).decode(), f"{self.file}.lua")
        except OSError as error:
            raise Gone(f"{self.file}.lua: there is no such script") from error

        def altered(name: str) -> bytes:
            return read(name).replace(old, new) if name == self.file else read(name)

        _read_with(altered)
        return partial(_read_with, read)


@dataclass(frozen=True, slots=True)
class InFunction:
    """A text in the source of a function or method of qctl, and what stands in its place.

    The function is altered in place, so whoever holds it already has it altered, a process that is forked later too.
    """

    name: str  #: `package.module:Class.method`
    text: str
    instead: str

    def alter(self) -> Callable[[], None]:
        """Alter it. Answers what undoes it. Raises Gone."""
        function = find(self.name)
        source = textwrap.dedent(inspect.getsource(function))
        _must_stand_once(self.text, source, self.name)
        was, function.__code__ = function.__code__, _compiled(source.replace(self.text, self.instead), function)
        return partial(setattr, function, "__code__", was)


Part = InScript | InFunction


def find(name: str) -> FunctionType:
    """The function of a name such as `package.module:Class.method`. Raises Gone."""
    module, _, path = name.partition(":")
    try:
        found: Any = import_module(module)
        for word in path.split("."):
            found = inspect.getattr_static(found, word)
    except (ImportError, AttributeError) as error:
        raise Gone(f"{name}: there is no such function") from error
    found = inspect.unwrap(getattr(found, "fget", None) or getattr(found, "__func__", found))
    if not isinstance(found, FunctionType):
        raise Gone(f"{name}: that is no function")
    return found


def wrap(name: str, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Let a function be called through `wrapper(function)`, also by who has imported it already. Raises Gone."""
    function = find(name)
    if function.__code__.co_freevars:
        raise Gone(f"{name}: it is not called the same way from everywhere")
    inner = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    inner.__kwdefaults__ = function.__kwdefaults__
    known_as = f"_wrapped_{id(function)}"
    function.__globals__[known_as] = wrapper(inner)
    function.__code__ = _compiled(f"def {function.__name__}(*a, **k):\n    return {known_as}(*a, **k)\n", function)
    function.__defaults__ = function.__kwdefaults__ = None


def take_out(parts: Iterable[Part]) -> None:
    """Alter this process and whatever it forks, for good. Raises Gone."""
    for part in parts:
        part.alter()


@contextmanager
def without(parts: Iterable[Part]) -> Iterator[None]:
    """Meanwhile this process is altered. Raises Gone."""
    with ExitStack() as undoing:
        for part in parts:
            undoing.callback(part.alter())
        yield


def _must_stand_once(text: str, whole: str, where: str) -> None:
    if (times := whole.count(text)) != 1:
        raise Gone(f"{where}: {text!r} stands there {times} times")


def _read_with(read: Callable[[str], bytes]) -> None:
    """Read scripts this way from now on, those that were read before as well."""
    vars(command)["_read"] = read
    command.script.cache_clear()
    command.pieces_below.cache_clear()


def _compiled(source: str, function: FunctionType) -> CodeType:
    whole = compile(source, function.__code__.co_filename, "exec", __future__.annotations.compiler_flag, True)
    code = next(part for part in whole.co_consts if isinstance(part, CodeType))
    return code.replace(co_qualname=function.__code__.co_qualname)
