"""The real `qctl` with a QUERY: what is listed, what is done to many jobs, who is asked, and what is said of both."""

from __future__ import annotations

import json

import pytest

from qctl.model.query_fields import STANDINGS
from qctl.store import Store
from tests.support import Home
from tests.support.store_seed import SeedWorker, a_job, submit
from tests.support.terminal import Terminal, plain


@pytest.fixture
def site(shared_home: Home, store: Store) -> Home:
    """A home whose store holds three jobs that failed, two that went well, and two that wait."""
    shared_home.write("tasks.toml", '[tasks.tidy]\nrun = "true"\nparams.path = {}\n[tasks.copy]\nrun = "true"\n')
    worker = SeedWorker(store).register()
    for number in range(5):
        body = f'{{"task":"tidy","params":{{"path":"/srv/{number}"}},"labels":{{"env":"prod"}}}}'.encode()
        submit(store, a_job(f"tidy{number}", body=body))
        claim = worker.take()
        worker.bury(claim) if number < 3 else worker.complete(claim, log=b"")
    store.do(store.verbs.unregister(worker.id))
    submit(store, a_job("wait0"), a_job("wait1", queue="night"))
    return shared_home


def ids(home: Home, *words: str) -> list[str]:
    answer = home.run(*words, "-o", "name")
    assert answer.code == 0, answer
    return answer.stdout.split()


def test_history_lists_what_a_query_means_beside_its_flags(site: Home) -> None:
    assert ids(site, "history", "state:failed") == ["tidy2", "tidy1", "tidy0"]
    assert ids(site, "history", "state:failed", "id:tidy1") == ["tidy1"]
    assert ids(site, "history", "id:tidy0 OR -state:failed", "--task", "tidy") == ["tidy4", "tidy3", "tidy0"]
    assert ids(site, "history", "label:env=prod", "--state", "succeeded", "-n", "1") == ["tidy4"]
    assert site.run("history", "-q", "--", "-state:failed").stdout.split() == ["tidy4", "tidy3"]


def test_free_text_says_how_far_it_read(site: Home) -> None:
    answer = site.run("history", "srv/1", "-o", "name")
    assert (answer.stdout, answer.stderr) == ("tidy1\n", "read all 5 jobs\n")
    assert site.run("history", "srv/1", "-q").stderr == ""
    assert site.run("history", "task:tidy").stderr == ""


def test_older_jobs_that_ended_in_the_same_millisecond_are_not_lost(site: Home, store: Store) -> None:
    submit(store, *(f"same{n}" for n in range(6)))
    store.do(store.verbs.cancel([f"same{n}" for n in range(6)], {}))
    found: list[str] = []
    older: list[str] = []
    while True:
        page = json.loads(site.run("history", "state:cancelled", "-n", "2", *older, "-o", "json").stdout)
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        older = ["--before", page["next"]]
    assert sorted(found) == [f"same{n}" for n in range(6)]


def test_ps_lists_active_jobs_and_ended_ones_where_only_those_are_meant(site: Home) -> None:
    assert ids(site, "ps", "task:tidy") == ["wait0", "wait1"]
    assert ids(site, "ps", "queue:night") == ["wait1"]
    assert ids(site, "ps", "state:failed") == ["tidy2", "tidy1", "tidy0"]
    assert ids(site, "ps", "-a", "queue:night OR id:tidy4") == ["wait1", "tidy4"]
    assert ids(site, "ps", "--state", "queued", "-Q", "night") == ["wait1"]
    assert ids(site, "ps", "-a", "-n", "3") == ["wait0", "wait1", "tidy4"]


def test_state_of_ps_takes_what_a_query_and_its_completion_do(site: Home) -> None:
    for state in STANDINGS:
        assert ids(site, "ps", "--state", state) == ids(site, "ps", f"state:{state}")
    assert ids(site, "ps", "--state", "failed") == ["tidy2", "tidy1", "tidy0"]
    assert ids(site, "ps", "--state", "active") == ["wait0", "wait1"]
    refused = site.run("ps", "--state", "faild")
    assert refused.code == 2
    assert "--state: there is no state `faild`, did you mean `failed`?" in refused.stderr
    assert "a held job is `queued`" in site.run("ps", "--state", "held").stderr


def test_on_a_terminal_no_line_of_a_bad_query_is_folded_by_it(site: Home) -> None:
    terminal = Terminal(site, "ps", "task:x state:faild")
    assert terminal.end() == 2
    lines = plain(terminal.screen)
    assert max(map(len, lines)) <= 80
    at = lines.index("         ^^^^^^^^^^^")
    assert lines[at - 2 : at] == ["  `failed`?", "  task:x state:faild"]


@pytest.mark.parametrize(
    "command", [("ps",), ("history",), ("cancel", "--query"), ("retry", "--query"), ("rm", "--query")]
)
def test_a_bad_query_exits_2_with_a_caret_under_the_place(site: Home, command: tuple[str, ...]) -> None:
    answer = site.run(*command, "task:x state:faild")
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr.splitlines() == [
        "error[Q002]: cannot read the query: there is no state `faild`, did you mean `failed`?",
        "  task:x state:faild",
        "         ^^^^^^^^^^^",
        "  help: state: takes active waiting scheduled queued running ended succeeded failed timeout cancelled expired "
        "skipped lost",
        "        qctl help query        lists the fields, with examples",
    ]


@pytest.mark.parametrize(
    ("words", "verb", "query"),
    [
        (("cancel", "--query", "task:tidy"), "Cancel 2 jobs?", "state:cancelled"),
        (("retry", "--failed"), "Retry 3 jobs?", "state:queued -id:wait"),
        (("rm", "--query", "state:failed"), "Remove 3 jobs?", "state:failed"),
    ],
)
def test_without_a_terminal_many_jobs_are_changed_only_with_y(
    site: Home, words: tuple[str, ...], verb: str, query: str
) -> None:
    before = ids(site, "ps", "-a", query)
    refused = site.run(*words)
    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[1:] == [
        f"error[Q002]: {verb} there is no terminal to ask on",
        "  help: -y answers yes; --dry-run says what would be done",
    ]
    assert ids(site, "ps", "-a", query) == before
    would = site.run(*words, "--dry-run")
    assert (would.code, would.stdout.count("would be")) == (0, 2 if "Cancel" in verb else 3)
    assert ids(site, "ps", "-a", query) == before, "a dry run does nothing"
    done = site.run(*words, "-y", "-q")
    assert (done.code, done.stderr) == (0, "")
    assert sorted(ids(site, "ps", "-a", query)) == ([] if "Remove" in verb else sorted(done.stdout.split()))


def test_the_count_comes_first_and_a_no_does_nothing(site: Home) -> None:
    terminal = Terminal(site, "rm", "--query", "task:tidy")
    terminal.wait_for("Remove 5 jobs? [y/N] ")
    assert "5 jobs: 3 failed, 2 succeeded" in terminal.screen
    terminal.press(b"n\n")
    assert terminal.end() == 1
    assert "error[Q001]: nothing was done" in terminal.screen
    assert len(ids(site, "history")) == 5
    terminal = Terminal(site, "rm", "--query", "task:tidy")
    terminal.wait_for("[y/N] ")
    terminal.press(b"y\n")
    assert terminal.end() == 0
    assert ids(site, "history") == []


def test_where_no_job_is_meant_nobody_is_asked(site: Home) -> None:
    for words in (
        ("cancel", "--query", "task:none"),
        ("retry", "--failed", "--since", "yesterday", "--query", "id:no"),
    ):
        answer = site.run(*words)
        assert (answer.code, answer.stdout) == (0, "")
        assert answer.stderr.splitlines()[-1] == "no job is as asked for: nothing to do"


def test_retry_takes_failures_since_an_instant_and_by_query(site: Home) -> None:
    assert site.run("retry", "--failed", "--since", "1h", "--query", "id:tidy1", "-y", "-q").stdout == "tidy1\n"
    assert ids(site, "ps", "id:tidy1") == ["tidy1"]
    copies = site.run("retry", "--query", "state:succeeded", "--new", "-y", "-q")
    assert len(copies.stdout.split()) == 2, copies
    assert site.run("retry", "--failed", "-y", "-q").stdout.split() == ["tidy0", "tidy2"], "oldest first"
    assert site.run("retry", "tidy2", "--since", "1h").code == 2


@pytest.mark.parametrize("command", ["cancel", "retry", "rm"])
def test_jobs_are_named_or_meant_and_not_both(site: Home, command: str) -> None:
    neither, both = site.run(command), site.run(command, "tidy0", "--query", "task:x")
    assert (neither.code, both.code) == (2, 2)
    assert "say which with --query" in neither.stderr
    assert "give one" in both.stderr


def test_rm_removes_named_jobs_and_refuses_active_ones(site: Home) -> None:
    refused = site.run("rm", "tidy0", "wait0", "-y")
    assert (refused.code, refused.stdout) == (5, "")
    assert refused.stderr == "error[Q005]: not ended, so not removed: wait0\n  help: qctl cancel wait0\n"
    asked = site.run("rm", "tidy0")
    assert (asked.code, "Remove 1 job?" in asked.stderr) == (2, True)
    items = json.loads(site.run("rm", "tidy0", "tidy1", "-y", "-o", "json").stdout)["items"]
    assert items[0] == {
        "schema": "qctl.removed/1",
        "id": "tidy0",
        "task": "tidy",
        "answer": "OK",
        "outcome": "failed",
    }
    assert site.run("rm", "tidy2", "-y").stdout == "tidy2 tidy: removed\n"
    assert site.run("show", "tidy0").code == 4
    assert site.run("rm", "nobody00", "-y").code == 4
    assert ids(site, "history") == ["tidy4", "tidy3"]
