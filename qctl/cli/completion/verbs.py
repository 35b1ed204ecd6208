"""All commands with their words, options and arguments, as the scripts of the shells are written from them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from typer.main import get_command

from qctl.classes import dataclass
from qctl.cli.completion.kinds import TAKES_COMMAND, Value, of_argument, of_option
from qctl.cli.table import ALIASES, COMMANDS, GLOBAL_FLAGS
from qctl.cli.topics import TOPICS
from qctl.config import EXPLANATIONS
from qctl.model.cells import one_line

HELP: Final = ("--help", "-h")
HELP_VERB: Final = "help"


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its names, the long one first, and what it takes; None: it is a flag."""

    names: tuple[str, ...]
    help: str
    takes: Value | None
    repeats: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, or all from here on."""

    takes: Value
    repeats: bool


@dataclass(frozen=True, slots=True)
class Verb:
    """A command, or a word below one. The root of all has an empty path."""

    path: str
    help: str
    options: tuple[Option, ...]  #: the global ones are the root's
    arguments: tuple[Argument, ...]
    takes_command: bool  #: after `--`

    @property
    def depth(self) -> int:
        return len(self.path.split())


def all_verbs() -> list[Verb]:
    """The root, and below it every command that there is and its words, each before those below it."""
    root = Verb("", "", tuple(_global_options("")), (), takes_command=False)
    rows = [row for row in COMMANDS if row.module]
    found = [root]
    for row in rows:
        command = get_command(import_module(f"qctl.cli.commands.{row.module}").app)
        found += _verbs(row.name, row.help, command)
    return [*found, *_explained(found)]


def _explained(verbs: list[Verb]) -> Iterator[Verb]:
    """The words of `help`: the commands with the words below them, the topics, the codes of errors."""
    said = {verb.path: verb.help for verb in verbs if verb.path and verb.path != HELP_VERB}
    said |= {name: topic.line for name, topic in TOPICS.items() if name not in said}
    for path, about in (*said.items(), *((code, "") for code in EXPLANATIONS)):
        yield Verb(f"{HELP_VERB} {path}", about, (), (), takes_command=False)


def below(verbs: list[Verb], path: str) -> list[Verb]:
    """The verbs that are words of one."""
    depth = len(path.split()) + 1
    return [verb for verb in verbs if verb.depth == depth and verb.path.startswith(f"{path} " if path else "")]


def aliases(verbs: list[Verb]) -> dict[str, str]:
    """Words of other programs -> the path that is meant."""
    paths = {verb.path for verb in verbs}
    found = {}
    for word, meant in ALIASES.items():
        path = " ".join(meant[:2])
        found[word] = path if path in paths else meant[0]
    return found


def _verbs(path: str, text: str, command: Any) -> Iterator[Verb]:
    own = [_option(path, param) for param in command.params if param.param_type_name == "option" and not param.hidden]
    arguments = [
        Argument(of_argument(path, param.name, param.metavar), param.nargs == -1)
        for param in command.params
        if param.param_type_name == "argument"
    ]
    if path == "check":  # it writes two formats more
        own += [option for option in _global_options(path) if "--output" in option.names]
    yield Verb(path, text, tuple(own), tuple(arguments), path in TAKES_COMMAND)
    for name, word in getattr(command, "commands", {}).items():
        if not word.hidden:
            yield from _verbs(f"{path} {name}", _first_sentence(word.help or ""), word)


def _option(path: str, param: Any) -> Option:
    names = tuple(sorted((*param.opts, *param.secondary_opts), key=lambda name: not name.startswith("--")))
    takes = None if param.is_flag or param.count else of_option(path, names)
    return Option(names, one_line(param.help or ""), takes, bool(param.multiple or param.count))


def _global_options(path: str) -> Iterator[Option]:
    for name, (letter, kind, text) in GLOBAL_FLAGS.items():
        names = (f"--{name}", *([f"-{letter}"] if letter else []))
        yield Option(names, text, of_option(path, names) if kind == "text" else None, kind == "count")
    yield Option(HELP, "what it does, with examples", None, False)
    if not path:
        yield Option(("--version",), "which qctl this is", None, False)


def _first_sentence(text: str) -> str:
    line = one_line(text.strip().partition("\n\n")[0])
    return line.partition(". ")[0].removesuffix(".")
