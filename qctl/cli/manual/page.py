"""The page of a command: what its `--help` and its man page say, read from its parser and its docstring.

A docstring opens with what the command does. Then come, in any order: examples, marked by `\\b`, each with a comment
behind two spaces; `See also: …`; `Usage: …` where the parser's own would not do; and tables under titles:

    Exit codes:
      3  nothing runs
"""

from __future__ import annotations

import re

from qctl.classes import dataclass, replace
from qctl.cli.manual.values import HEADINGS, VALUES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Final

Row = tuple[str, str]  #: what is explained, and what it is

_MANY: Final = 14  #: options of a command that stand under one title
_TITLE: Final = re.compile(r"([A-Z][a-z ]+):\n")


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a page, with its title."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is said of a command, in the order in which it is read."""

    path: str  #: `qctl queue purge`
    usage: str
    examples: tuple[Row, ...] = ()  #: a command line, and what it does
    what: tuple[str, ...] = ()  #: paragraphs
    sections: tuple[Section, ...] = ()
    see: str = ""


def page_of(command: Any, path: str) -> Page:
    """The page of a parser's command that is called by `path`."""
    written = _written(command.help or "")
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    below = {name: each for name, each in getattr(command, "commands", {}).items() if not each.hidden}
    sections = (
        Section("Commands", tuple((name, summary(each)) for name, each in below.items())),
        Section("Arguments", tuple((_place(param), param.help or "") for param in arguments)),
        *_grouped([*((_flag(param), _explained(param)) for param in options), ("-h, --help", "this")]),
        *written.sections,
    )
    return replace(
        written,
        path=path,
        usage=written.usage or _usage(path, command, arguments),
        sections=tuple(section for section in sections if section.rows),
    )


def summary(command: Any) -> str:
    """What a command does, in its docstring's first sentence."""
    first, *_ = _written(command.help or "").what or ("",)
    return re.split(r"(?<=[.:])\s", first, maxsplit=1)[0].rstrip(".:")


def _written(docstring: str) -> Page:
    """What stands in a docstring."""
    page = Page(path="", usage="")
    for block in docstring.strip().split("\n\n"):
        if block.startswith("\b\n"):
            page = replace(page, examples=(*page.examples, *_rows(block.splitlines()[1:])))
        elif title := _TITLE.match(block):
            section = Section(title[1], tuple(_rows(block.splitlines()[1:])))
            page = replace(page, sections=(*page.sections, section))
        elif block.startswith("See also: "):
            page = replace(page, see=_joined(block.removeprefix("See also: ")))
        elif block.startswith("Usage: "):
            page = replace(page, usage=block.removeprefix("Usage: "))
        elif block:
            page = replace(page, what=(*page.what, _joined(block)))
    return page


def _joined(block: str) -> str:
    return " ".join(block.split())


def _rows(lines: Iterable[str]) -> Iterator[Row]:
    """Rows of two columns with two spaces or more between; a line that is indented further goes on with the last."""
    last: Row | None = None
    for line in lines:
        name, *text = re.split(r"\s{2,}", line.strip(), maxsplit=1)
        if last is not None and line.startswith("     "):
            last = (last[0], f"{last[1]} {line.strip()}")
            continue
        if last is not None:
            yield last
        last = (name, text[0] if text else "")
    if last is not None:
        yield last


def _usage(path: str, command: Any, arguments: Iterable[Any]) -> str:
    words = [path, "[OPTIONS]"]
    words += [_place(param) if param.required else f"[{_place(param, '')}]{_dots(param)}" for param in arguments]
    if getattr(command, "commands", None):
        words.append("[COMMAND ...]" if command.invoke_without_command else "COMMAND ...")
    return " ".join(words)


def _place(param: Any, dots: str | None = None) -> str:
    """What stands for an argument: `JOB...`."""
    name = (param.metavar or param.name.upper()).strip("[]").removesuffix("...").removesuffix("…").rstrip("]")
    return f"{name}{_dots(param) if dots is None else dots}"


def _dots(param: Any) -> str:
    return "..." if param.nargs == -1 else ""


def _flag(param: Any) -> str:
    """An option as it is typed: `-n, --limit N`."""
    letters = [name for name in param.opts if not name.startswith("--")]
    names = [name for name in param.opts if name.startswith("--")]
    value = "" if param.is_flag or param.count else f" {_value(param, names)}"
    return ", ".join([*(letters or ["  "]), *names]).replace("  , ", "    ") + value


def _value(param: Any, names: list[str]) -> str:
    named = param.metavar or next((VALUES[name] for name in names if name in VALUES), None)
    return named or ("N" if param.type.name.startswith("int") else names[0].strip("-").upper().replace("-", "_"))


def _explained(param: Any) -> str:
    default = param.default
    told = param.show_default is not False and isinstance(default, (str, int, float)) and default not in ("", False)
    said = " (repeatable)" if param.multiple else ""
    return f"{param.help or ''}{said}" + (f" (default: {default})" if told and not param.is_flag else "")


def _grouped(rows: list[Row]) -> Iterator[Section]:
    """The options, those of a long list under titles that say what they are about."""
    if len(rows) <= _MANY:
        yield Section("Options", tuple(rows))
        return
    titles = {row: next((HEADINGS[word] for word in _names(row) if word in HEADINGS), "Options") for row in rows}
    for title in ("Options", *dict.fromkeys(HEADINGS.values())):
        yield Section(title, tuple(row for row in rows if titles[row] == title))


def _names(row: Row) -> list[str]:
    return re.findall(r"--[a-z-]+", row[0])
