"""`qctl run --each`: a request for each line of a file or of stdin. All are checked before any is sent."""

from __future__ import annotations

import sys

from qctl.cli.requesting import asked, declared, read_file, request
from qctl.config.requests import Request
from qctl.errors import QctlError, UsageError
from qctl.later import cache, later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final

    from qctl.config import Config
    from qctl.config.requests import Options
    from qctl.model.params import from_parts, split_word
    from qctl.model.task import Task
else:
    from_parts, split_word = (later("qctl.model.params", name) for name in ("from_parts", "split_word"))

HOLE: Final = "{}"  #: where a line goes
MOST_LINES: Final = 100_000  #: they stand in memory until all have been checked
MOST_BYTES: Final = 64 * 1024 * 1024
STDIN: Final = "-"
_THE_LINE: Final = "\0line"  #: in place of a file's path, which cannot hold a NUL


class BadLine(QctlError):
    """line {number} of {source}: {reason}; nothing was submitted"""

    def __init__(self, source: str, number: int, cause: QctlError) -> None:
        super().__init__(source=source, number=number, reason=cause, help=cause.advice)
        self.exit_code, self.code = cause.exit_code, cause.code  # type: ignore[misc]


class NumberedLines:
    """The lines of a source that are not empty, each with its number: it is made when it is asked for.

    In memory they stand as they were read, a tenth of what they take as texts. Raises BadLine for what is not UTF-8.
    """

    def __init__(self, data: bytes, source: str, *, null: bool) -> None:
        self._data, self.null = data, null
        try:
            data.decode()
        except UnicodeDecodeError:
            for number, line in self._raw():
                _must_be_text(line, source, number)
        self._count = sum(1 for _ in self._raw())

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return ((number, line.decode()) for number, line in self._raw())

    def _raw(self) -> Iterator[tuple[int, bytes]]:
        begin, number, sign = 0, 0, b"\0" if self.null else b"\n"
        while begin < len(self._data):
            number += 1
            end = self._data.find(sign, begin)
            end = len(self._data) if end < 0 else end
            line = self._data[begin:end]
            begin = end + 1
            if line := (line if self.null else line.removesuffix(b"\r")):
                yield number, line


class Each:
    """The requests, each made when it is asked for; `naming_lines` says of an error from which line it came.

    `task` is that of all of them, None if they are commands of their own; `after` is what all wait for.
    """

    def __init__(
        self,
        source: str,
        lines: NumberedLines | Sequence[tuple[int, str]],
        make: Callable[[str], Request],
        task: str | None,
        after: Sequence[str],
    ) -> None:
        self.task, self.after = task, after
        self._lines, self._make = lines, make
        self.source = source
        self.number: int | None = None  #: of the line that is the last that was asked for; None: the lines have ended

    def of(self, lines: NumberedLines | Sequence[tuple[int, str]]) -> Each:
        """The same of other lines."""
        return Each(self.source, lines, self._make, self.task, self.after)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def null(self) -> bool:
        """Whether they end with a NUL each, in place of a newline."""
        return isinstance(self._lines, NumberedLines) and self._lines.null

    @property
    def numbers(self) -> list[int]:
        """Which lines they are of, counted from 1, those that are empty too."""
        return [number for number, _ in self._lines]

    def __iter__(self) -> Iterator[Request]:
        for number, text in self._lines:
            self.number = number
            yield self._make(text)
        self.number = None

    def naming_lines(self) -> _NamingLines:
        """Let whatever is wrong with a request name its line. Raises BadLine."""
        return _NamingLines(self)


class _NamingLines:
    """Within it an error says of which line it is."""

    def __init__(self, wanted: Each) -> None:
        self._wanted = wanted

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        wanted = self._wanted
        if isinstance(error, QctlError) and wanted.number is not None:
            raise BadLine("stdin" if wanted.source == STDIN else wanted.source, wanted.number, error) from error


def each(
    source: str,
    lines: NumberedLines | Sequence[tuple[int, str]],
    words: tuple[str | None, Sequence[str], Sequence[str] | None],
    config: Config,
    folder: str,
    options: Options,
    ask: Callable[[str], str] | None = None,
    verb: str = "run",
) -> Each:
    """A request for each line: it takes the place of `{}`, or is the value of the task's first parameter without one.

    A secret that all of them share is asked for once, by `ask`; `verb` is the command that this is for. Raises
    UsageError if there is no place for a line, or if the options can be those of one job alone.
    """
    task, params, rest = words
    if options.key is not None:
        raise UsageError("--key names one job: it does not go with --each")
    if task is None:
        return Each(source, lines, _of_command(rest or (), config, folder, options), None, options.after)
    known, read = declared(config, task), cache(read_file)
    parts = [split_word(word) for word in params]
    if source == STDIN and any((sign, text) == ("=@", STDIN) for _, sign, text in parts):
        raise UsageError("stdin is read for --each: it cannot be the value of a parameter as well")
    if not _has_place(parts, rest or ()):
        parts.append((_first_free(verb, task, [p.name for p in known.params] if known else None, parts), "=", HOLE))
    parts = [(part[0], "=@", _THE_LINE) if _is_line_of_secret(known, *part) else part for part in parts]
    given = {name for name, _, _ in parts}
    shared = asked(known, given, ask) if known and ask and lines else {}

    def make(line: str) -> Request:
        filled = ((name, sign, text if sign == ":=" else text.replace(HOLE, line)) for name, sign, text in parts)
        bound = from_parts(filled, known, lambda path: line if path == _THE_LINE else read(path), folder) | shared
        return Request(task=task, params=bound, args=tuple(_filled(rest, line)), options=options)

    return Each(source, lines, make, task, options.after)


def _of_command(rest: Sequence[str], config: Config, folder: str, options: Options) -> Callable[[str], Request]:
    """Makes of a line the request of a command of its own. Raises UsageError if it has no place for one."""
    if not any(HOLE in word for word in rest):
        raise UsageError("--each needs {} in the command, where the line is to stand")

    def make(line: str) -> Request:
        return request(None, (), _filled(rest, line), config, folder, options)

    return make


def read_lines(source: str, *, null: bool, tell: Callable[[str], None]) -> NumberedLines:
    """The lines that are not empty, with their numbers. Raises UsageError, or BadLine for one that is not UTF-8."""
    found = NumberedLines(_read(source, tell), source, null=null)
    if len(found) > MOST_LINES:
        raise UsageError(
            f"--each takes {MOST_LINES:,} lines at once, and there are {len(found):,}", help=f"split -l {MOST_LINES} …"
        )
    return found


def _read(source: str, tell: Callable[[str], None]) -> bytes:
    if source == STDIN and sys.stdin.isatty():
        tell("one line for each job; Ctrl-D ends them")
    try:
        if source == STDIN:
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with open(source, "rb") as file:
                data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"--each takes {MOST_BYTES >> 20} MB at once: split {source}")
    return data


def _must_be_text(line: bytes, source: str, number: int) -> None:
    try:
        line.decode()
    except UnicodeDecodeError:
        raise BadLine("stdin" if source == STDIN else source, number, UsageError("it is not UTF-8")) from None


def _filled(words: Sequence[str] | None, line: str) -> list[str]:
    return [word.replace(HOLE, line) for word in words or ()]


def _has_place(parts: Sequence[tuple[str, str, str]], rest: Sequence[str]) -> bool:
    """Whether it is said where the line stands: in a parameter, but for those in JSON, or in a word behind `--`."""
    return any(HOLE in text for _, sign, text in parts if sign != ":=") or any(HOLE in word for word in rest)


def _is_line_of_secret(task: Task | None, name: str, sign: str, text: str) -> bool:
    """Whether a secret is the whole of a line: that stands in a file or comes from stdin, not on a command line."""
    param = task.param(name) if task else None
    return param is not None and param.secret and (sign, text) == ("=", HOLE)


def _first_free(verb: str, task: str, names: Sequence[str] | None, parts: Sequence[tuple[str, str, str]]) -> str:
    given = {name for name, _, _ in parts}
    free = [name for name in names or () if name not in given]
    if not free:
        why = f"no parameter of {task} is free for the line" if names is not None else f"{task} is not known here"
        place = "NAME={} --each FILE" if names != [] else "--each FILE -- {}"
        raise UsageError(f"{why}: write {{}} where it is to stand", help=f"qctl {verb} {task} {place}")
    return free[0]
