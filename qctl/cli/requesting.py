"""From the words of `qctl run` to a request: parameters, dates and options, each refused with its reason."""

from __future__ import annotations

import sys

from qctl.classes import replace
from qctl.cli.step_signs import means_expression, refuse_signs
from qctl.config.options import ADHOC_TASK, PRIORITIES, Options, Request
from qctl.dates import timedelta
from qctl.errors import NotFound, UsageError
from qctl.later import later
from qctl.model.call import MOST_STDIN
from qctl.model.submission import IfExists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from datetime import datetime, tzinfo
    from typing import Any

    from qctl.cli.step_words import composed, step_of_words
    from qctl.cli.submit_options import Wish
    from qctl.config import Config
    from qctl.model.local_time import Moment
    from qctl.model.params import from_parts, from_words
    from qctl.model.suggest import did_you_mean
    from qctl.model.task import Task
    from qctl.model.units import parse_duration
    from qctl.model.when import future
    from qctl.model.workflow.expression import is_expression, parse
else:
    Moment = later("qctl.model.local_time", "Moment")
    did_you_mean = later("qctl.model.suggest", "did_you_mean")
    from_parts, from_words = (later("qctl.model.params", name) for name in ("from_parts", "from_words"))
    future = later("qctl.model.when", "future")
    is_expression, parse = (later("qctl.model.workflow.expression", name) for name in ("is_expression", "parse"))
    parse_duration = later("qctl.model.units", "parse_duration")
    composed, step_of_words = (later("qctl.cli.step_words", name) for name in ("composed", "step_of_words"))


def awaiting(wanted: Request, jobs: tuple[str, ...]) -> Request:
    """The request, to wait for the jobs of these whole ids."""
    return replace(wanted, options=replace(wanted.options, after=jobs)) if jobs else wanted


def request(
    task: str | None,
    words: Sequence[str],
    rest: Sequence[str] | None,
    config: Config,
    folder: str,
    options: Options,
    ask: Callable[[str], str] | None = None,
) -> Request:
    """One request: a task with parameters, or with `rest` and no task a command of its own.

    `ask` asks somebody at a terminal for a secret that was not given. Raises UsageError and what `from_words` raises.
    """
    if task is None:
        if not rest:
            raise UsageError("run what? Name a task, or a command after --", help="qctl task list")
        return Request(task=ADHOC_TASK, args=tuple(rest), adhoc=True, cwd=folder, options=options)
    if means_expression(task):
        if is_expression(task) or not words:
            if words or rest:
                raise UsageError(
                    f"a workflow's parameters stand within it, in parentheses: {[*words, *(rest or ())][0]}",
                    help="qctl run 'dump(db=main) | gzip'        qctl help pipelines",
                )
            return composed(parse(task), folder, options)
        if not rest:
            return composed(step_of_words((task, *words)), folder, options)
    refuse_signs(task, words)
    known = declared(config, task)
    params = from_words(words, known, read_file, folder) if words else {}
    if known is not None and ask is not None:
        params |= asked(known, params, ask)
    return Request(task=task, params=params, args=tuple(rest or ()), options=options)


def shell_words(text: str | None, task: str | None, rest: Sequence[str] | None, *, each: bool) -> Sequence[str] | None:
    """The words after `--`, or those that give a text to /bin/sh: with them, or a line of --each, as "$1" and so on.

    Raises UsageError for a task beside it, and for a place in the text that a line would be written to.
    """
    if text is None:
        return rest
    if task is not None:
        raise UsageError(
            f"--sh is a command of its own: leave out the task `{task}`", help="qctl run --sh TEXT -- WORD …"
        )
    if not text.strip():
        raise UsageError("--sh has nothing to run: its text is empty")
    if each and "{}" in text:
        raise UsageError('--sh is not filled in, for a line would become shell text: it is "$1" there')
    return ("/bin/sh", "-c", text, "sh", *(rest or (("{}",) if each else ())))


def declared(config: Config, task: str) -> Task | None:
    """The task, if the caller has it."""
    try:
        return config.task(task)
    except NotFound:
        return None


def not_given(task: Task, params: Container[str]) -> list[str]:
    """Secrets that the caller has to give and has not given."""
    return [p.name for p in task.params if p.secret and p.required and p.env is None and p.name not in params]


def asked(task: Task, params: Container[str], ask: Callable[[str], str]) -> dict[str, Any]:
    """The secrets that were not given, typed by somebody and read by their types. Raises ParameterError."""
    found: dict[str, Any] = {}
    for name in not_given(task, params):
        typed = ask(f"{task.name}: {name}")
        found |= from_parts([(name, "=@", "-")], task, {"-": typed}.__getitem__)
    return found


def read_file(path: str) -> str:
    """The text of a file, or of stdin for `-`. Raises UsageError."""
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode()
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"cannot read {path}: {reason}") from None


def read_bytes(path: str, most: int) -> bytes:
    """The bytes of a file, or of stdin for `-`; one more than `most` of more than that. Raises UsageError."""
    try:
        if path == "-":
            return sys.stdin.buffer.read(most + 1)
        with open(path, "rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def options(wish: Wish, now: datetime, zone: tzinfo) -> tuple[Options, list[tuple[str, Moment]]]:
    """The options, and the dates among them to be echoed, each with the word for what happens then."""
    if wish.countdown is not None and wish.eta is not None:
        raise UsageError("--in and --at both say when: give one")
    dates: list[tuple[str, Moment]] = []
    countdown, eta = None, None
    if wish.countdown is not None:
        countdown = seconds("--in", wish.countdown)
        dates.append(("starts", Moment(at=(now + timedelta(seconds=countdown)).astimezone(zone))))
    if wish.eta is not None:
        eta = future(wish.eta, now, zone)
        dates.append(("starts", eta))
    expires = None
    if wish.expires is not None:
        expires, moment = _expires(wish.expires, now, zone)
        dates += [("expires", moment)] if moment else []
    said = Options(
        queue=wish.queue,
        priority=None if wish.priority is None else priority(wish.priority),
        countdown=countdown,
        eta_ms=None if eta is None else eta.ms,
        expires=expires,
        retries=wish.retries,
        key=wish.key,
        if_exists=IfExists.RETURN if wish.if_exists is None else if_exists(wish.if_exists, wish.key),
        host=wish.host,
        env=named_texts("--env", wish.variables),
        after=tuple(wish.after or ()),
        labels=named_texts("--label", wish.labels),
        stdin=None if wish.stdin is None else read_bytes(wish.stdin, MOST_STDIN),
    )
    return said, dates


def _expires(text: str, now: datetime, zone: tzinfo) -> tuple[float, Moment | None]:
    try:
        return parse_duration(text), None
    except ValueError:
        moment = future(text, now, zone)
        return (moment.at - now).total_seconds(), moment


def seconds(flag: str, text: str) -> float:
    """A duration given to a flag. Raises UsageError."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}") from None


def plain(flag: str, text: str) -> str:
    """A text given to a flag, for all to read. Raises UsageError for one that is not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{flag}: `{text}` is not UTF-8") from None
    return text


def priority(text: str) -> int:
    """`0` to `9`, 9 first, or one of the four names."""
    if text in PRIORITIES:
        return PRIORITIES[text]
    if len(text) == 1 and text in "0123456789":
        return int(text)
    meant = did_you_mean(text, PRIORITIES)
    raise UsageError(f"--priority is 0 to 9, 9 first, or {', '.join(PRIORITIES)}, not `{text}`{meant}")


def if_exists(text: str, key: str | None) -> IfExists:
    """What is done when the key is held. Raises UsageError."""
    known = [each.value for each in IfExists]
    if text not in known:
        raise UsageError(f"--if-exists is one of {', '.join(known)}, not `{text}`{did_you_mean(text, known)}")
    if key is None:
        raise UsageError("--if-exists says what to do when another job has the key: it goes with --key")
    return IfExists(text)


def named_texts(flag: str, words: Sequence[str] | None) -> dict[str, str]:
    """`env=prod` as it is given to --label and --env. Raises UsageError."""
    found: dict[str, str] = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{flag} is name=value, not `{word}`")
        if found.setdefault(name, value) != value:
            raise UsageError(f"{flag} {name} is given twice: `{found[name]}` and `{value}`")
    return found
