"""The grammar of every command: its typer app, the global flags beside its own, and usage errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from qctl.cli.invocation import Invocation
from qctl.cli.manual.page import Page, page_of
from qctl.cli.manual.plain import text_of
from qctl.cli.table import ALIASES_BELOW, GLOBAL_FLAGS, OTHER_OPTIONS
from qctl.cli.told_words import tell_once
from qctl.errors import QctlError, UsageError
from qctl.model.suggest import did_you_mean

#: How the parser says that something is no number, or none of those that are taken.
_NO_NUMBER: Final = re.compile(r"': '(.*)' is not a valid int|(-?\d+) is not in the range")
_NO_COMMAND: Final = re.compile(r"No such command '(.*?)'")
_NAMES: Final = {"help_option_names": ["-h", "--help"]}


def new_app(**options: Any) -> typer.Typer:
    """A typer app without rich, without its own tracebacks and without its completion."""
    return typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=_NAMES,
        **options,
    )


def invoke(app: typer.Typer, path: str, arguments: Sequence[str], invocation: Invocation) -> int:
    """Run a command of an app and answer its exit code.

    Raises UsageError for words that it does not understand, HelpAsked for `--help`.
    """
    command = get_command(app)
    _accept_global_flags(command, invocation)
    _refuse_repeats(command)
    if not arguments and isinstance(command, TyperGroup) and not command.invoke_without_command:
        arguments = ["--help"]
    arguments = _in_our_word(command, path, arguments)
    try:
        with command.make_context(path, list(arguments), obj=invocation) as context:
            return _run(command, context, invocation)
    except typer.Exit as leaving:
        return leaving.exit_code
    except typer.Abort:
        raise UsageError("nothing was answered, so nothing was done") from None
    except Exception as error:
        message = getattr(error, "format_message", None)  # what marks an error of the parser, click's or typer's own
        if message is None:
            raise
        where = getattr(getattr(error, "ctx", None), "command_path", path)
        if (unknown := _NO_COMMAND.match(message())) and isinstance(command, TyperGroup):
            raise UsageError(
                _no_such_word(where, unknown[1], command.commands), help=_way_out(command, where)
            ) from None
        why, instead = OTHER_OPTIONS.get((path, getattr(error, "option_name", "")), ("", ""))
        said = _in_our_words(error, message(), arguments)
        raise _Refused(f"{said}: {why}" if why else said, help=instead or _way_out(command, where, path)) from None


def help_of(app: typer.Typer, path: str, words: Sequence[str], room: int) -> str:
    """What `--help` says of a command, or of a word below it. Raises UsageError for a word that it does not have."""
    command = get_command(app)
    for word in _in_our_word(command, path, words):
        below = getattr(command, "commands", {})
        if word not in below:
            raise UsageError(_no_such_word(path, word, below), help=_way_out(command, path))
        command, path = below[word], f"{path} {word}"
    return text_of(page_of(command, path), room)


def pages_of(app: typer.Typer, path: str) -> Iterator[Page]:
    """The page of a command, and of each word below it."""
    command = get_command(app)
    yield page_of(command, path)
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield page_of(below, f"{path} {name}")


def _in_our_word(command: Any, path: str, arguments: Sequence[str]) -> Sequence[str]:
    """The arguments, with the noun's own word in the place of one that others have for it."""
    known = getattr(command, "commands", {})
    meant = ALIASES_BELOW.get(arguments[0], "") if arguments and arguments[0] not in known else ""
    if meant not in known:
        return arguments
    noun = path.removeprefix("qctl ")
    tell_once(f"{noun} {arguments[0]}", f"{noun} {meant}")
    return [meant, *arguments[1:]]


def _run(command: Any, context: Any, invocation: Invocation) -> int:
    """Run it; what goes wrong below a noun is of that command, whose help is named."""
    noun = invocation.command
    try:
        return int(command.invoke(context) or 0)
    except QctlError:
        invocation.command = " ".join(filter(None, [noun, context.invoked_subcommand]))
        raise


def parse(app: typer.Typer, path: str, words: Sequence[str]) -> dict[str, Any]:
    """Read words as those of another command, without running it: its options by name.

    Raises UsageError for a word below a noun; what else is wrong is raised as the parser says it, for `invoke`.
    """
    command = get_command(app)
    with command.make_context(path, list(words)) as context:
        left = [*getattr(context, "_protected_args", ()), *context.args]
        if left:
            raise UsageError(f"`{left[0]}` is no option of {path}", help=f"{path} --help")
        return dict(context.params)


def _way_out(command: Any, where: str, path: str = "") -> str:
    """What to type instead; of the noun itself, which is called by `path`, the words there are."""
    noun = isinstance(command, TyperGroup) and where == (path or where)
    words = [name for name, each in command.commands.items() if not each.hidden] if noun else []
    return f"{where} --help" + (f"\nits words: {' '.join(words)}" if words else "")


def _no_such_word(path: str, word: str, known: Iterable[str]) -> str:
    return f"{path} has no `{word}`{did_you_mean(word, known)}"


class _Refused(UsageError):
    """{message}"""


def _in_our_words(error: Any, message: str, words: Sequence[str]) -> str:
    """One line, beginning small, without a full stop, as all our errors."""
    if (unknown := getattr(error, "option_name", None)) and hasattr(error, "possibilities"):
        known = [name for param in error.ctx.command.params for name in param.opts if name.startswith("--")]
        return f"no such option: {unknown}{did_you_mean(unknown, known)}"
    line = " ".join(message.split()).removesuffix(".")
    if (refused := _NO_NUMBER.search(line)) and (param := getattr(error, "param", None)) is not None:
        return f"{_flag(param, words)}: {_range(param.type)}, not `{refused[1] or refused[2]}`"
    return line[:1].lower() + line[1:]


def _flag(param: Any, words: Sequence[str]) -> str:
    """The name under which an option was given, else its shortest."""
    given = {word.partition("=")[0] for word in words}
    return str(min((name for name in param.opts if name in given), default=min(param.opts, key=len)))


def _range(kind: Any) -> str:
    """Which whole numbers an option takes."""
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    said = "" if least is None else f" from {least}" + (" up" if most is None else "")
    return f"a whole number{said}" + ("" if most is None else f" to {most}")


def _refuse_repeats(command: Any) -> None:
    """Let an option that has one value be given once: the parser would silently take the last."""
    make_parser = command.make_parser

    def strict(context: Any) -> Any:
        parser = make_parser(context)
        parse_args = parser.parse_args

        def once(args: list[str]) -> Any:
            found = parse_args(args=args)
            seen: set[int] = set()
            for param in found[2]:
                valued = param.param_type_name == "option" and not (param.multiple or param.is_flag or param.count)
                if valued and id(param) in seen:
                    raise _twice(param.opts)
                seen.add(id(param))
            return found

        parser.parse_args = once
        return parser

    command.make_parser = strict
    for below in getattr(command, "commands", {}).values():
        _refuse_repeats(below)


def _twice(names: Sequence[str]) -> UsageError:
    return UsageError(f"{max(names, key=len)} is given twice: it has one value")


def _accept_global_flags(command: Any, invocation: Invocation) -> None:
    """Let a command, and those below it, take the global flags among its own."""
    command.get_help = lambda context: _ask(page_of(command, context.command_path))
    own = {name for param in command.params for name in getattr(param, "opts", ())}
    for name, (letter, kind, text) in GLOBAL_FLAGS.items():
        names = [each for each in (f"--{name}", f"-{letter}" if letter else "") if each and each not in own]
        if names:
            command.params.append(_option(names, name.replace("-", "_"), kind, text, invocation))
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            _accept_global_flags(below, invocation)


class HelpAsked(Exception):
    """The help of a command was asked for."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page


def _ask(page: Page) -> str:
    raise HelpAsked(page)


def _option(names: list[str], key: str, kind: str, text: str, invocation: Invocation) -> TyperOption:
    def keep(_context: Any, _param: Any, value: Any) -> Any:
        if kind == "count" and value:
            invocation.flags[key] = invocation.flags.get(key, 0) + value
        elif value:
            if kind == "text" and key in invocation.flags:
                raise _twice(names)
            invocation.flags[key] = value
        return value

    return TyperOption(
        param_decls=names,
        type=bool if kind == "flag" else int if kind == "count" else str,
        is_flag=kind == "flag" or None,
        count=kind == "count",
        default=None,
        callback=keep,
        expose_value=False,
        hidden=True,
        help=text,
    )
