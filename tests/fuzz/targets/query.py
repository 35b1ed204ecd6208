"""QUERY: a text is a query, which is written and read alike, or it is refused with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from qctl.model.query import parse, render
from qctl.model.query_error import BadQuery
from qctl.model.query_fields import FIELDS, STANDINGS, written
from qctl.model.query_match import predicate
from qctl.model.query_scope import scope
from tests.fuzz.target import Target, as_text, literals
from tests.unit import jobs_at_hand as at_hand

NOW: Final = datetime.fromtimestamp(at_hand.NOW_MS / 1000, UTC)
_JOBS: Final = (at_hand.failed(), at_hand.queued(), at_hand.running())


def target(data: bytes) -> None:
    try:
        query = parse(as_text(data), NOW, UTC)
    except BadQuery as refused:
        assert str(refused)
        return
    again = parse(render(query), NOW, UTC) if len(render(query)) <= 2000 else query
    assert again == query, (render(query), query)
    meant, bounds = predicate(query, at_hand.NOW_MS), scope(query, at_hand.NOW_MS)
    for job in filter(meant, _JOBS):
        assert (job.outcome or job.state) in bounds.standings
        assert bounds.holds_task(job.call.task)


def seeds() -> list[bytes]:
    return list(literals("tests/unit/test_query.py", "qctl/model/query_fields.py", "qctl/cli/topics/query.py"))


QUERY: Final = Target(
    name="query",
    run=target,
    seeds=seeds,
    pieces=(
        *(written(name).encode() for name in FIELDS),
        *(str(word).encode() for word in STANDINGS),
        *(b" ", b"(", b")", b"-", b'"', b"\\", b" OR ", b" AND ", b"<", b">=", b"<=", b"*", b"=", b"10m", b"24h"),
        *(b"mon 09:00", b"import-feed", b"22", b"exit:", b"\xc3\xa9", b"\xff", b"\n"),
    ),
    heads=(b"", b"task:", b'"', b"-", b"(", b"since:"),
)
