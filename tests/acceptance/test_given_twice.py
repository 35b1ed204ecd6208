"""An option that has one value and is given twice: the last one must not be taken silently."""

from __future__ import annotations

import pytest

from tests.support import Home

TASKS = """
[tasks.ok]
run = "true"
"""


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("run ok -p 1 -p 2", "--priority"),
        ("run ok -Q a --queue b", "--queue"),
        ("run ok --queue=a --queue=a", "--queue"),
        ("run ok --retries 1 --retries 2", "--retries"),
        ("history --since 1h --since 2h", "--since"),
        ("queue pause default --reason a --reason b", "--reason"),
        ("worker list -o json -o tsv", "--output"),
        ("run ok -o json -o json", "--output"),
        ("-o json ps -o tsv", "--output"),
        ("-o json -o tsv ps", "-o"),
        ("--file a --file b ps", "--file"),
        ("ps --namespace a --namespace b", "--namespace"),
        ("worker -c 1 -c 2", "--concurrency"),
    ],
)
def test_it_is_named_and_nothing_is_done(site: Home, words: str, named: str) -> None:
    answer = site.run(*words.split())
    assert answer.code == 2
    assert f"{named} is given twice: it has one value" in answer.stderr + answer.stdout
    assert site.run("ps", "-aq").stdout == ""


def test_flags_lists_and_counts_may_be_repeated(site: Home) -> None:
    words = "-q run ok -q -q --label a=1 --label b=2 --env A=1 --env B=2 -v -v --dry-run --dry-run"
    assert site.run(*words.split()).code == 0
    assert site.run("run", "ok", "-q").code == 0
    answer = site.run("kill", "@last", "--signal", "INT", "--dry-run")
    assert answer.code == 0, "what an alias adds gives way to what is said"


def test_a_slip_below_a_noun_names_that_commands_help(site: Home) -> None:
    answer = site.run("queue", "pause", "default", "--for", "x")
    assert (answer.code, "help: qctl queue pause --help" in answer.stderr) == (2, True)
