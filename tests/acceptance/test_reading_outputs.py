"""Every listing in every form and at every width, over a store whose jobs hold the nastiest texts that there are.

The commands run in this process: they only read.
"""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from qctl.cli import session
from qctl.cli.main import run
from qctl.cli.terminal import Look
from qctl.model.call import Call
from qctl.model.cells import width
from qctl.model.state import Outcome
from qctl.store import Store
from tests.support import Home
from tests.support.store_seed import SeedWorker, a_job, a_record, submit
from tests.unit.hostile_world import NASTY

TASKS = """
[tasks.tidy]
doc = "\\u001b[2J [red]x[/] 日本語 שלום"
run = "true"
schedule = "@daily"

[tasks.long]
run = "true"
params.p = { default = "%s" }
schedule = "30 2 * * *"
""" % ("n" * 2000)
LISTINGS = [
    words.strip()
    for words in """
    ps, ps -a, ps -t, history, history --all, show one, show two three, errors, events, status, doctor
    stats, stats --by task, stats --by queue, stats --by worker, stats --by day
    queue list, queue show default, worker list, worker show w1, task list, task show long
    schedule list, schedule next, schedule next tidy
    """.strip()
    .replace("\n", ",")
    .split(",")
]
FORMS = ("table", "wide", "json", "jsonl", "tsv", "name")
_TEXTS = NASTY[:-1]  # stray bytes are refused at the submit
_NO_ROWS = {"doctor": ("tsv", "name"), "status": ("tsv", "name")}


def _call(evil: str) -> bytes:
    params = {"p": evil, "q": [evil]}
    return Call(task="tidy", params=params, by=evil.replace("\n", ""), labels={"l": evil}, file="tasks.toml").encode()


@pytest.fixture
def world(shared_home: Home, store: Store, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Jobs of each kind: one went well, two failed with evil messages, one runs, one waits; this process is in it."""
    shared_home.write("tasks.toml", TASKS)
    worker = SeedWorker(store).register()
    for name, evil in zip(("one", "two", "three", "four", "five"), _TEXTS, strict=True):
        submit(store, a_job(name, body=_call(evil)))
    worker.complete(worker.take())
    for evil in _TEXTS[:2]:
        record = a_record(outcome="failed", exit_code=7, error_type="exit", error_message=evil)
        worker.bury(worker.take(), record=record, outcome=Outcome.FAILED)
    worker.take()
    for name, value in shared_home.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(shared_home.work)
    return shared_home


def _drives(text: str) -> list[str]:
    """What is neither text nor a colour of ours."""
    plain = re.sub("\x1b\\[(?:0|1|2|3[1-6])m", "", text)
    return [letter for letter in plain if unicodedata.category(letter) in ("Cc", "Cf") and letter not in "\n\t\u200d"]


def written(words: str, form: str, capfd: pytest.CaptureFixture[str]) -> str:
    """What a listing writes on stdout."""
    capfd.readouterr()
    code = run([*words.split(), "-o", form])
    said = capfd.readouterr()
    assert code in (0, 1, 3), (words, form, said)
    assert "Traceback" not in said.err
    assert _drives(said.err) == [], (words, form)
    return said.out


def test_every_listing_in_every_form_is_whole(world: Home, capfd: pytest.CaptureFixture[str]) -> None:
    """In a pipe. Attacks 31 and 32."""
    for words in LISTINGS:
        for form in FORMS:
            if form in _NO_ROWS.get(words, ()):
                continue
            out = written(words, form, capfd)
            assert _drives(out) == [], (words, form)
            if form == "json":
                assert json.loads(out)["schema"].startswith("qctl."), words
            elif form == "jsonl":
                assert all(json.loads(line)["schema"].endswith("/1") for line in out.splitlines()), words
            elif form == "tsv":
                header, *rows = (line.split("\t") for line in out.split("\n")[:-1])
                assert [len(row) for row in rows] == [len(header)] * len(rows), words
            elif form == "name":
                assert "" not in out.split("\n")[:-1], words


@pytest.mark.parametrize("cells", [40, 80, 120, 200])
def test_no_line_of_a_listing_is_wider_than_the_terminal(
    world: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    """Attacks 31 and 32."""
    monkeypatch.setattr(session, "look", lambda _, __, ___, now_ms, zone: Look(now_ms=now_ms, zone=zone, width=cells))
    for words in LISTINGS:
        for form in ("table", "wide"):
            out = written(words, form, capfd)
            assert _drives(out) == [], (words, form)
            assert [line for line in out.splitlines() if width(line) > cells] == [], (words, form)
