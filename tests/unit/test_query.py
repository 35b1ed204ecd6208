"""QUERY: what is meant by its words, and what is said of those that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from qctl.cli.failure import told
from qctl.model.job import Job
from qctl.model.query import DEEPEST, LONGEST, parse, render
from qctl.model.query_error import BadQuery
from qctl.model.query_match import matches, predicate
from qctl.model.query_scope import WHOLE, Scope, names_time, scope, seeks_text
from qctl.model.query_tree import Every, Query
from qctl.model.state import Outcome, Reason, State
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS, SECOND

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)


def read(text: str) -> Query:
    return parse(text, NOW, UTC)


def means(text: str, job: Job) -> bool:
    return predicate(read(text), NOW_MS)(job)


def labelled() -> Job:
    job = at_hand.failed()
    call = replace(job.call, labels={"env": "prod", "team": "data base"}, tags=("nightly",), args=("-v", "Zürich"))
    return replace(job, call=call, worker="web1.3")


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        *(("", True), ("import", True), ("IMPORT-FEED", True), ("zürich", True), ("env=prod", True), ("absent", False)),
        *(("imp*feed", True), ("feed*imp", False), ('"data base"', True), ("data*base", True), ("data base", True)),
        *(("state:failed", True), ("state:ended", True), ("state:active", False), ("state:timeout", False)),
        *(("task:import-feed", True), ("task:import", False), ("task:imp*", True), ("task:*feed", True)),
        *(("queue:default", True), ("queue:def*", True), ("queue:night", False)),
        *(("worker:web1.3", True), ("worker:web*", True), ("worker:db1", False)),
        *(("by:ana", True), ("by:ana@db1", True), ("by:*@db1", True), ("by:an", False), ("by:schedule", False)),
        *(("label:env=prod", True), ("label:env", True), ("label:env=test", False), ('label:team="data base"', True)),
        *(("tag:nightly", True), ("tag:daily", False), ("exit:22", True), ("exit:2", False), ("exit:022", True)),
        *(("error:503", True), ("error:URL*503", True), ('error:"exit 22: curl"', True), ("-error:refused", True)),
        *(("error:import", False), ("503", False), ("error:url*502", False)),
        *(("reason:exit", True), ("reason:signal", False), ("id:7knz", True), ("id:7KNZ", True), ("id:knz", False)),
        *(("age>10m", True), ("age>11m", False), ("age<1h", True), ("age>=601s", True), ("age<=601s", True)),
        *(("run>20s", True), ("run>=21s", True), ("run<=21", True), ("run<21s", False), ("run>1h", False)),
        *(("wait<=1s", True), ("since:1h", True), ("since:5m", False), ("until:5m", True), ("until:1h", False)),
        *(("since:13:00 until:14:00", True), ("task:x OR exit:22", True), ("task:x exit:22", False)),
        *(("-task:x", True), ("-exit:22", False), ("-(task:x OR exit:1)", True), ("--exit:22", True)),
        *(("task:x OR task:y OR import", True), ("(task:x OR import) exit:22", True), ("import AND exit:22", True)),
        *(("task:x OR import exit:1", False), ("(task:x import) OR exit:22", True), ("ORder", False)),
    ],
)
def test_a_query_means_what_it_says(query: str, meant: bool) -> None:
    assert means(query, labelled()) is meant
    assert means(f"-({query})" if query else "-absent", labelled()) is (not meant or not query)


def test_a_job_that_waits_or_runs_is_measured_up_to_now() -> None:
    running, queued = at_hand.running(), at_hand.queued()
    assert means("run>12m run<13m", running)
    assert means("wait<=2s", running)
    assert means("wait>12m", queued)
    assert not means("run>0s", queued), "it does not run"
    assert not means("run<1h", queued), "nor in less than an hour"
    assert means("since:1h state:queued", queued)


def test_an_error_is_that_of_the_last_attempt_also_of_a_job_that_waits_for_its_next() -> None:
    assert means("error:503 state:scheduled", at_hand.retrying())
    assert not means("error:*", at_hand.queued())
    assert not means("error:*", at_hand.succeeded()), "exit 0 is no error"


def test_a_job_that_a_schedule_asked_for_is_found_by_that_word() -> None:
    job = at_hand.failed()
    assert means("by:schedule", replace(job, call=replace(job.call, schedule="nightly")))


def test_a_field_that_a_job_has_not_is_matched_by_no_pattern() -> None:
    assert not means("worker:*", at_hand.queued())
    assert means("worker:*", at_hand.running())


def test_dates_are_meant_in_the_zone_of_the_caller() -> None:
    job = replace(at_hand.failed(), ended_ms=NOW_MS)
    query = parse("since:15:30", NOW, timezone(timedelta(hours=2)))
    assert predicate(query, NOW_MS, timezone(timedelta(hours=2)))(job)
    assert not predicate(query, NOW_MS)(replace(job, ended_ms=NOW_MS - 24 * HOUR))


@pytest.mark.parametrize(
    ("query", "why", "carets", "allowed"),
    [
        ("state:faild", "there is no state `faild`, did you mean `failed`?", "^" * 11, "state: takes active waiting"),
        ("x stat:failed", "there is no field `stat`, did you mean `state`?", "  ^^^^", "state: task: queue:"),
        ("http://x", "there is no field `http`; text that holds a colon stands in quotes", "^^^^", "task:"),
        ("age:10m", "`age` is written as age>10m", "^^^^^^^", "age> takes how long ago"),
        ("age>10 m>", "there is no field `m`", "       ^", "age>"),
        ("age>soon", "`soon` is no duration", "^^^^^^^^", "age> takes"),
        ("task>x", "`task` is written as task:x", "^^^^^^", "task: takes a name"),
        ("exit:x", "`x` is no exit code", "^^^^^^", "exit: takes an exit code"),
        ("exit:256", "`256` is no exit code", "^^^^^^^^", "exit:22"),
        ("since:whenever", "cannot read 'whenever' as a date", "^^^^^^^^^^^^^^", "qctl help dates"),
        ("task: x", "`task` says nothing", "^^^^^", "task: takes"),
        ("(a OR b", "this is not closed", "^", "qctl help query"),
        ("a) b", "nothing was opened that this would close", " ^", "qctl help query"),
        ("a OR", "a word or a field is missing here", "    ^", "qctl help query"),
        ("()", "a word or a field is missing here", " ^", "qctl help query"),
        ("a - b", "what follows a - stands right after it", "  ^", "qctl help query"),
        ('say "hello', "this quote is not closed", "    ^^^^^^", "qctl help query"),
        ("-" * (DEEPEST + 1) + "a", f"more than {DEEPEST} groups", " " * DEEPEST + "^", "qctl help query"),
    ],
)
def test_a_bad_query_shows_the_place_and_what_is_allowed(query: str, why: str, carets: str, allowed: str) -> None:
    with pytest.raises(BadQuery) as raised:
        read(query)
    first, shown, below = str(raised.value).split("\n")
    assert first.startswith(f"cannot read the query: {why}")
    assert (shown, below) == (query, carets)
    assert allowed in raised.value.advice
    assert raised.value.exit_code == 2


def test_of_a_long_query_the_place_is_shown_and_no_line_is_too_long() -> None:
    with pytest.raises(BadQuery) as raised:
        read("task:a OR " * 30 + "state:faild" + " OR task:b" * 30)
    _, shown, below = str(raised.value).split("\n")
    assert max(len(shown), len(below)) <= 78
    assert shown[below.index("^") : below.rindex("^") + 1] == "state:faild"
    with pytest.raises(BadQuery, match="longer than 2,000 characters"):
        read("x" * (LONGEST + 1))


@pytest.mark.parametrize("query", ["state:held", "state:runnin", "since:yesterdayyyy", "a stat:x", "exit:none " * 30])
def test_no_line_of_what_is_told_is_wider_than_80_columns_and_the_caret_stands_right(query: str) -> None:
    with pytest.raises(BadQuery) as raised:
        read(query)
    error = raised.value
    lines = told(error.code, str(error), error.advice, 80)
    assert max(map(len, lines)) <= 80
    (at,) = (place for place, line in enumerate(lines) if set(line) == {" ", "^"})
    begin, end = lines[at].index("^"), lines[at].rindex("^") + 1
    assert lines[at - 1][begin:end] in query
    words = " ".join(" ".join(lines).split())
    assert " ".join(str(error).split("\n")[0].split()) in words


def test_held_is_no_state_and_the_error_says_what_tells_of_it() -> None:
    with pytest.raises(BadQuery, match="qctl queue show QUEUE"):
        read("state:held")


def test_a_query_that_drives_the_terminal_is_shown_harmless() -> None:
    with pytest.raises(BadQuery) as raised:
        read("\x1b]0;owned\x07 task:\n state:x")
    assert "^[]0;owned^G task:" in str(raised.value)


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("  a   b ", "a b"),
        ("(a (b c))", "a b c"),
        ("a OR (b OR c)", "a OR b OR c"),
        ("(a OR b) c", "(a OR b) c"),
        ("-(a b)", "-(a b)"),
        ('"-a" "OR" "x:y" "" "a b"', '"-a" "OR" "x:y" "" "a b"'),
        ('label:team=data" base"', 'label:"team=data base"'),
        ('"say \\"hi\\" \\\\"', '"say \\"hi\\" \\\\"'),
        ("STATE:failed", "state:failed"),
    ],
)
def test_a_query_is_written_in_one_way(query: str, written: str) -> None:
    assert render(read(query)) == written
    assert read(written) == read(query)


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        *(("a*b*c", "a-b-c", True), ("a*b*c", "acb", False), ("*", "", True), ("a*a", "a", False), ("a*a", "aa", True)),
        *(("**", "x", True), ("*b*b", "ab", False), ("a", "A", False), ("[a]", "a", False), ("", "", True)),
    ],
)
def test_a_star_stands_for_any_text(pattern: str, text: str, matched: bool) -> None:
    assert matches(pattern, text) is matched


@pytest.mark.parametrize(
    ("query", "bounds"),
    [
        ("", Scope()),
        ("state:failed", Scope(standings=frozenset({"failed"}))),
        ("state:active", Scope(standings=frozenset({"waiting", "scheduled", "queued", "running"}))),
        ("-state:active -state:succeeded", Scope(standings=WHOLE - set(State) - {"succeeded"})),
        ("-(state:failed OR state:timeout)", Scope(standings=WHOLE - {"failed", "timeout"})),
        ("-(state:failed exit:1)", Scope()),
        ("state:failed OR exit:1", Scope()),
        ("task:a", Scope(tasks=frozenset({"a"}))),
        ("queue:a (queue:b OR task:c)", Scope(queues=frozenset({"a"}))),
        ("task:a* OR task:b", Scope(tasks=frozenset({"a*", "b"}))),
        ("task:a OR x", Scope()),
        ("-task:a", Scope()),
        ("since:1h task:a", Scope(tasks=frozenset({"a"}), since_ms=NOW_MS - HOUR)),
        ("since:1h since:2h until:5m", Scope(since_ms=NOW_MS - HOUR, until_ms=NOW_MS - 5 * MINUTE)),
        ("since:1h OR since:2h", Scope(since_ms=NOW_MS - 2 * HOUR)),
        ("since:1h OR task:a", Scope()),
        ("-since:1h", Scope()),
    ],
)
def test_a_scope_says_where_to_look(query: str, bounds: Scope) -> None:
    assert scope(read(query), NOW_MS) == bounds


def test_a_scope_tells_which_indexes_are_of_use() -> None:
    failed = scope(read("state:failed"), NOW_MS)
    assert (failed.active, failed.ended, failed.unsuccessful) == (False, True, True)
    waiting = scope(read("state:queued"), NOW_MS)
    assert (waiting.active, waiting.ended) == (True, False)
    assert not scope(read("-task:a"), NOW_MS).unsuccessful
    narrowed = scope(read("since:1h"), NOW_MS).within(Scope(since_ms=NOW_MS - SECOND))
    assert narrowed == Scope(since_ms=NOW_MS - SECOND)
    assert scope(read("task:a*"), NOW_MS).holds_task("abc")
    assert not scope(read("task:a*"), NOW_MS).holds_task("bca")


def test_only_bare_words_need_all_jobs_to_be_read() -> None:
    assert seeks_text(read("task:a OR -(x state:failed)"))
    assert not seeks_text(read("task:a OR -state:failed age>1h"))


@pytest.mark.parametrize("words", ["age>1h", "task:a OR -run<5s", "x (state:failed since:1h)", "-until:today"])
def test_what_compares_with_now_names_a_time(words: str) -> None:
    assert names_time(read(words))


@pytest.mark.parametrize("words", ["", "x", "task:a OR -(x state:failed)", "exit:3 error:refused"])
def test_what_does_not_names_none(words: str) -> None:
    assert not names_time(read(words))
    assert read("") == Every()


def test_every_state_outcome_and_reason_can_be_asked_for() -> None:
    for word in (*State, *Outcome):
        read(f"state:{word}")
    for word in Reason:
        read(f"reason:{word}")
