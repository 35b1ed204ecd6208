"""Whether a job is meant by a query. Pure: the time and the zone are arguments."""

from __future__ import annotations

from _collections_abc import Callable  # loaded with Python; `collections` is not, nor is `operator`
from _operator import ge, gt, le, lt

from qctl.dates import UTC, datetime
from qctl.later import later
from qctl.model.job import Job
from qctl.model.query_fields import ACTIVE
from qctl.model.query_tree import Either, Every, Field, Measure, Not, Word
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

    from qctl.dates import tzinfo
    from qctl.model.job_words import beside, ending
    from qctl.model.query_tree import Query
    from qctl.model.units import parse_duration
    from qctl.model.view import run_seconds, wait_seconds
    from qctl.model.when import since
    from qctl.model.words import text_of
else:
    beside = later("qctl.model.job_words", "beside")
    ending = later("qctl.model.job_words", "ending")
    parse_duration = later("qctl.model.units", "parse_duration")
    run_seconds = later("qctl.model.view", "run_seconds")
    wait_seconds = later("qctl.model.view", "wait_seconds")
    since = later("qctl.model.when", "since")
    text_of = later("qctl.model.words", "text_of")

Predicate = Callable[[Job], bool]

_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lt,
    ">": gt,
    "<=": le,
    ">=": ge,
}


def predicate(query: Query, now_ms: int, zone: tzinfo = UTC) -> Predicate:
    """What says of a job whether the query means it, at a time in ms since the epoch.

    The query comes from `parse`, which has refused values that do not fit.
    """
    match query:
        case Word(text):
            return _word(text)
        case Field(name, value):
            return _field(name, value, now_ms, zone)
        case Measure(name, sign, value):
            compare, length, of = _SIGNS[sign], parse_duration(value), _MEASURED[name]
            return lambda job: (found := of(job, now_ms)) is not None and compare(found, length)
        case Not(inner):
            negated = predicate(inner, now_ms, zone)
            return lambda job: not negated(job)
        case Every(parts):
            every = [predicate(part, now_ms, zone) for part in parts]
            return lambda job: all(each(job) for each in every)
        case Either(parts):
            some = [predicate(part, now_ms, zone) for part in parts]
            return lambda job: any(each(job) for each in some)


def matches(pattern: str, text: str) -> bool:
    """Whether a text is as the pattern, in which `*` stands for any text."""
    return matcher(pattern)(text)


def matcher(pattern: str) -> Callable[[str], bool]:
    """What says whether a text is as the pattern. It takes no longer than the text is long."""
    first, *more = pattern.split("*")
    if not more:
        return pattern.__eq__
    *between, last = more

    def fits(text: str) -> bool:
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in between:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits


def moment_ms(job: Job) -> int:
    """Where a job stands in time: when it ended, or when it was asked for if it has not."""
    return job.enqueued_ms if job.ended_ms is None else job.ended_ms


def _word(text: str) -> Predicate:
    holds = _holds(text)
    return lambda job: holds(_said(job))


def _holds(text: str) -> Callable[[Iterable[str]], bool]:
    """What says whether one of several texts holds this one somewhere. Case means nothing, `*` stands for any text."""
    text = text.casefold()
    if "*" not in text and "\n" not in text:
        return lambda texts: text in "\n".join(texts).casefold()
    fits = matcher(f"*{text}*")
    return lambda texts: any(fits(each.casefold()) for each in texts)


def _field(name: str, value: str, now_ms: int, zone: tzinfo) -> Predicate:
    if name in ("since", "until"):
        edge = since(value, datetime.fromtimestamp(now_ms / 1000, UTC), zone).ms
        return (lambda job: moment_ms(job) >= edge) if name == "since" else (lambda job: moment_ms(job) < edge)
    if name == "exit":
        code = int(value)
        return lambda job: job.last is not None and job.last.exit_code == code
    if name == "error":
        holds = _holds(value)
        return lambda job: bool(said := _error(job)) and holds((said,))
    if name == "workflow":
        return lambda job: (job.call.workflow_id or "").startswith(value)
    if name == "id":
        begins = matcher(f"{value.lower()}*")
        return lambda job: begins(job.id)
    names, fits = _NAMES[name], matcher(value)
    return lambda job: any(fits(said) for said in names(job) if said)


def _standings(job: Job) -> Iterator[str]:
    yield job.state
    yield job.outcome or ACTIVE


def _workers(job: Job) -> Iterator[str]:
    yield job.worker or ""
    yield job.owner or ""


def _askers(job: Job) -> Iterator[str]:
    by = job.call.by
    yield from (by, by.partition("@")[0])
    if job.call.schedule:
        yield "schedule"


def _labels(job: Job) -> Iterator[str]:
    for name, value in job.call.labels.items():
        yield from (name, f"{name}={value}")


_NAMES: Final[Mapping[str, Callable[[Job], Iterator[str]]]] = {
    "state": _standings,
    "task": lambda job: iter((job.call.task,)),
    "queue": lambda job: iter((job.queue,)),
    "worker": _workers,
    "by": _askers,
    "label": _labels,
    "schedule": lambda job: iter((job.call.schedule or "",)),
    "tag": lambda job: iter(job.call.tags),
    "reason": lambda job: iter((job.reason or "",)),
}


def _said(job: Job) -> Iterator[str]:
    """What bare words are looked for in."""
    yield job.call.task
    yield " ".join(job.call.args)
    for name, value in job.call.shown_params.items():
        yield f"{name}={text_of(value)}"
    for name, value in job.call.labels.items():
        yield f"{name}={value}"


def _error(job: Job) -> str:
    """How the last attempt went wrong, as listings tell it: `exit 22: curl: (22) error: 503`; empty if it did not."""
    last = job.last
    if last is None or last.error_type is None:
        return ""
    said = beside(last)
    return f"{ending(last)}: {said}" if said else ending(last)


def _age(job: Job, now_ms: int) -> float | None:
    return (now_ms - job.enqueued_ms) / 1000


def _run(job: Job, now_ms: int) -> float | None:
    if job.state is State.RUNNING and job.started_ms is not None:
        return (now_ms - job.started_ms) / 1000
    return run_seconds(job)


def _wait(job: Job, now_ms: int) -> float | None:
    if job.ended or job.attempts or job.started_ms is not None:
        return wait_seconds(job)
    return max(0, now_ms - max(job.enqueued_ms, job.eta_ms or 0)) / 1000


_MEASURED: Final[Mapping[str, Callable[[Job, int], float | None]]] = {"age": _age, "run": _run, "wait": _wait}
