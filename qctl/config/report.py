"""What `qctl check` has found, and its text: code, place, the line with a caret, the way out."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC

from qctl import clock
from qctl.classes import dataclass
from qctl.config.advice import warnings
from qctl.config.finding import find
from qctl.config.loading import load
from qctl.config.problems import BadFile, Problem, Severity
from qctl.config.source import read_text
from qctl.model.cells import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from typing import Final

    from qctl.config.values import Config

CONTEXT: Final = 2  #: lines shown before the one that is meant
WIDEST: Final = 120
#: The password of a URL, also one whose signs are not quoted.
_PASSWORD: Final = re.compile(r"(://[^/\s:@]*:|[?&]sentinel_password=)((?<=:)\S*(?=@)|(?<==)[^&\s\"']*)")
BAD: Final = 78  #: the exit code of a bad configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All problems of a configuration, in order of place."""

    file: str
    problems: tuple[Problem, ...]
    declared: int = 0  #: tasks and workflows
    usable: int = 0
    modules: tuple[str, ...] = ()  #: of whose tasks nothing is said: workers import them
    refused: bool = False  #: the configuration as a whole

    @property
    def errors(self) -> int:
        return sum(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def warnings(self) -> int:
        return len(self.problems) - self.errors

    def exit_code(self, *, strict: bool = False) -> int:
        """0, or 78 if there are errors; with `strict` also if there are warnings."""
        return BAD if self.errors or (strict and self.problems) else 0


def check(given: str | None, environ: Mapping[str, str], folder: str, host_zone: tzinfo = UTC) -> Report:
    """Find the configuration, load it and report on it. Never raises for what is wrong in a file."""
    path: str | None = None
    try:
        path = find(given, environ, folder)
        if path is None:
            raise BadFile(_nothing_there(given))
        return check_report(load(path), host_zone)
    except BadFile as error:
        return Report(file=path or error.problems[0].file, problems=error.problems, refused=True)


def _nothing_there(given: str | None) -> Problem:
    if given:  # /dev/null, which stands for no file at all
        return Problem(code="Q010", message="declares no tasks", file=given, help="name a tasks.toml, or none")
    return Problem(code="Q010", message="no tasks.toml here or above", file="tasks.toml", help="qctl init")


def check_report(config: Config, host_zone: tzinfo = UTC) -> Report:
    """Report on a configuration that was loaded: its errors, and what `check` warns of."""
    problems = sorted((*config.problems, *warnings(config, clock.now(), host_zone)), key=_by_place)
    usable = len(config.tasks) + len(config.workflows)
    declared = usable + len(config.broken)
    return Report(file=config.file, problems=tuple(problems), declared=declared, usable=usable, modules=config.modules)


def render_text(report: Report, folder: str = "") -> str:
    """The report as people read it. Paths below `folder` are shown relative to it."""
    texts: dict[str, list[str]] = {}
    blocks = [render_problem(problem, folder, texts) for problem in report.problems]
    return "\n".join([*blocks, _last_line(report, folder)])


def render_problem(problem: Problem, folder: str = "", texts: dict[str, list[str]] | None = None) -> str:
    """One problem, several lines, each with its line break. `texts` keeps the lines of files from call to call."""
    lines = [f"{problem.severity}[{problem.code}]: {visible(problem.message)}"]
    source = _source_lines(problem, {} if texts is None else texts)
    place = shorten(problem.place, folder)
    if not source:
        lines.append(f"  ┌─ {place}")
        if problem.note:
            lines.append(f"  = note: {problem.note}")
    else:
        margin = " " * len(str(problem.line))
        lines += [f"{margin}┌─ {place}", f"{margin}│"]
        lines += _with_caret(problem, source, margin)
        lines.append(f"{margin}│")
    if problem.help:
        lines.append(f"  = help: {problem.help}")
    return "\n".join(lines) + "\n"


def shorten(path: str, folder: str) -> str:
    """A path as it is seen from a folder above it."""
    return path.removeprefix(folder.rstrip("/") + "/") if folder else path


def _by_place(problem: Problem) -> tuple[str, int, int]:
    return problem.file, problem.line, problem.column


def _source_lines(problem: Problem, texts: dict[str, list[str]]) -> list[str]:
    """The lines of the file, or nothing if it cannot be shown."""
    if not problem.line:
        return []
    if problem.file not in texts:
        try:
            texts[problem.file] = read_text(problem.file).split("\n")
        except BadFile:
            texts[problem.file] = []
    lines = texts[problem.file]
    return lines if problem.line <= len(lines) else []


def _with_caret(problem: Problem, source: list[str], margin: str) -> list[str]:
    before = range(max(1, problem.line - CONTEXT), problem.line)
    shown = [
        f"{number:>{len(margin)}}│ {_printable(source[number - 1])[:WIDEST]}".rstrip()
        for number in before
        if source[number - 1].strip()
    ]
    line = _printable(source[problem.line - 1])
    column = min(problem.column, len(line) + 1)
    cut = max(0, column - WIDEST + 40)
    line, column = line[cut : cut + WIDEST], column - cut
    indent = " " * _cells(line[: column - 1])
    caret = "^" * max(1, _cells(line[column - 1 : column - 1 + problem.width]))
    shown.append(f"{problem.line}│ {line}".rstrip())
    shown.append(f"{margin}│ {indent}{caret} {problem.note}".rstrip())
    return shown


def _printable(line: str) -> str:
    """A line as it may be shown, sign for sign: reports are read in logs of builds, where no password belongs."""
    line = _PASSWORD.sub(lambda found: found[1] + "*" * len(found[2]), line.rstrip("\r"))
    return "".join(" " if sign == "\t" else sign if sign.isprintable() else "�" for sign in line)


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _last_line(report: Report, folder: str) -> str:
    name = shorten(report.file, folder)
    if report.refused:
        return f"{name}: {_count(report.errors, 'error')}. Nothing was loaded\n"
    found = [_count(report.errors, "error")] if report.errors else []
    found += [_count(report.warnings, "warning")] if report.warnings else []
    usable = f"{report.usable} of {_count(report.declared, 'task')} usable"
    beside = f"; tasks of {', '.join(report.modules)} are seen by workers alone" if report.modules else ""
    return f"{name}: {', '.join(found) or 'no problems'}. {usable}{beside}\n"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
