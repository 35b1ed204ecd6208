"""QUERY: whatever is typed is a query or a UsageError, and is written and read alike; a scope leaves nothing out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from qctl.errors import UsageError
from qctl.model.job import Job
from qctl.model.query import parse, render
from qctl.model.query_fields import COMPARED, STANDINGS
from qctl.model.query_match import moment_ms, predicate
from qctl.model.query_scope import scope
from qctl.model.query_tree import Either, Every, Field, Measure, Not, Query, Word, either, every
from qctl.model.state import Outcome, Reason, State
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import HOUR, NOW_MS

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)

PIECES = st.sampled_from(
    [*"() -\"\\:<>=*'", "OR", "AND", "state:", "failed", "task:", "age>", "10m", "since:", "24h", "x", "label:", "é"]
)
SCRAPS = st.lists(PIECES).map("".join) | st.text()
NAMES = ("task", "queue", "worker", "by", "label", "tag", "id", "error")
DURATIONS = st.sampled_from(["0s", "10m", "1h30m", "2d"])

TERMS: st.SearchStrategy[Query] = st.one_of(
    st.builds(Word, st.text(max_size=12)),
    st.builds(Field, st.sampled_from(NAMES), st.text(min_size=1, max_size=12) | st.sampled_from(["import-feed", "*"])),
    st.builds(Field, st.just("state"), st.sampled_from([str(word) for word in STANDINGS])),
    st.builds(Field, st.just("reason"), st.sampled_from([str(word) for word in Reason])),
    st.builds(Field, st.just("exit"), st.integers(0, 255).map(str)),
    st.builds(Field, st.sampled_from(["since", "until"]), st.sampled_from(["24h", "yesterday", "5m", "mon 09:00"])),
    st.builds(Measure, st.sampled_from(COMPARED), st.sampled_from(["<", ">", "<=", ">="]), DURATIONS),
)


def _groups(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.builds(Not, inner) | several.map(every) | several.map(either)


TREES = st.recursive(TERMS, _groups, max_leaves=8)


@given(SCRAPS)
def test_whatever_is_typed_is_a_query_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        predicate(parse(text, NOW, UTC), NOW_MS)(at_hand.failed())


@given(TREES | st.just(Every()))
def test_what_is_written_is_read_as_the_same_tree(tree: Query) -> None:
    assert parse(render(tree), NOW, UTC) == tree


def _some_jobs() -> list[Job]:
    ended = [
        replace(at_hand.failed(), outcome=each, ended_ms=NOW_MS - age) for each in Outcome for age in (0, 30 * HOUR)
    ]
    active = [replace(at_hand.queued(), state=each) for each in State if each is not State.ENDED]
    return [*ended, *active, at_hand.running()]


@given(TREES)
def test_a_scope_leaves_out_no_job_that_is_meant(tree: Query) -> None:
    bounds, meant = scope(tree, NOW_MS), predicate(tree, NOW_MS)
    for job in filter(meant, _some_jobs()):
        assert (job.outcome or job.state) in bounds.standings
        assert bounds.holds_task(job.call.task)
        assert bounds.holds_queue(job.queue)
        assert bounds.since_ms is None or moment_ms(job) >= bounds.since_ms
        assert bounds.until_ms is None or moment_ms(job) < bounds.until_ms


def test_the_trees_hold_groups() -> None:
    """Else the two tests above would say little."""
    assert isinstance(either([Word("a"), Word("b")]), Either)
    assert every([Word("a"), every([Word("b"), Word("c")])]) == Every((Word("a"), Word("b"), Word("c")))
