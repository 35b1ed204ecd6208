"""`--dry-run` of every command that changes something: it says what would be done, and the store is as it was."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator

import pytest

from qctl.cli.table import BY_NAME
from qctl.model.occurrence import End, Occurrence
from qctl.store import Store, open_store
from tests.support import Home
from tests.support.command_line import SOURCE
from tests.support.file_beat import FileBeat
from tests.support.store_seed import SeedWorker, everything, submit

TASKS = """
[tasks.tidy]
run = "true"
params.of = { type = "str", default = "main" }
schedule = "@daily"

[tasks.nightly]
run = "true"
schedule = "* * * * *"

[tasks.signed]
run = "true"
params.pin = { secret = true }
params.n = { type = "int" }

[queues.mails]
max_length = 2

[notify.ops]
command = ["cat"]
"""

#: Each changes something without the flag; jobs `queued` and `failed`, worker `w1` and the pause of `mails` are there.
CHANGES = [
    "run tidy",
    "run tidy --after queued --key k --if-exists replace",
    "run tidy --each lines",
    "run -- true",
    "run --sh true",
    "run tidy|tidy",
    "chain tidy tidy",
    "group tidy --each lines --max-parallel 2",
    "chord tidy tidy --then tidy",
    "cancel queued",
    "cancel --query state:queued",
    "retry failed",
    "retry failed --new",
    "retry --failed",
    "rm failed",
    "rm --query state:failed",
    "pause --all",
    "pause default --for 5m",
    "resume --all",
    "resume mails",
    "queue pause default",
    "queue resume mails",
    "queue purge default",
    "worker",
    "worker -Q default -c 1",
    "worker -B",
    "beat",
    "run tidy --as-scheduled",
    "worker drain w1",
    "worker resume w1",
    "worker stop w1",
    "worker stop --now w1",
    "notify test ops",
    "up",
    "up -d",
    "up --no-beat",
    "init sub",
    "install systemd --root image",
    "completion fish --install",
    "import crontab table --write",
    "schedule add tidy @daily",
    "schedule edit nightly --set jitter=5s",
    "schedule edit nightly",
    "schedule rm nightly",
    "schedule disable nightly --for 5m",
    "schedule disable --all",
    "schedule enable nightly",
    "schedule run-now nightly",
    "schedule missed --run",
]
READS = "wait ps show logs history status check task help stats events errors doctor config schema env schedule top"
#: Of the embedded server: test_json_output.py; of a unit that was installed: test_install.py; inside a job: below;
#: of units that are written: test_export.py; by keys, which ask first: tests/unit/tui.
ELSEWHERE = {"down", "uninstall", "progress", "export", "top"}


@pytest.fixture
def seeded(site: Home, redis_url: str) -> Iterator[Store]:
    """A store with a queued and a failed job, a paused queue, and a worker that nobody has heard of for long."""
    site.write("lines", "a\nb\n")
    site.write("pin", "hunter22\n")
    site.write("table", "0 3 * * * tidy\n")
    store = open_store(redis_url, site.namespace or "qctl")
    worker = SeedWorker(store, "w1").register()
    submit(store, "failed")
    worker.bury(worker.take())
    submit(store, "queued")
    store.do(store.verbs.pause(["mails"], {}, None))
    beat = FileBeat(store, site.work / "tasks.toml").pulse().publish()
    missed_at = beat.state("nightly").cursor_ms - 3_600_000
    beat.move_cursor("nightly", missed_at - 1)
    beat.fire("nightly", Occurrence(at_ms=missed_at, end=End.MISSED))
    yield store
    store.close()


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize("line", CHANGES)
def test_nothing_is_changed_and_something_is_said(site: Home, seeded: Store, line: str, output: str) -> None:
    before, files = everything(seeded), sorted(site.work.rglob("*"))

    answer = site.run(*_with_flags(line, "--dry-run", "-y", "-o", output))

    assert answer.code == 0, answer
    assert answer.stdout.strip(), answer
    assert everything(seeded) == before
    assert sorted(site.work.rglob("*")) == files


def _with_flags(line: str, *flags: str) -> list[str]:
    words = line.split()
    place = words.index("--") if "--" in words else len(words)
    return [*words[:place], *flags, *words[place:]]


def test_every_command_is_one_that_reads_or_is_tried_here() -> None:
    tried = {line.split()[0] for line in CHANGES}
    there = {name for name, row in BY_NAME.items() if row.module}
    assert there == tried | set(READS.split()) | ELSEWHERE


def test_a_progress_is_not_told(site: Home) -> None:
    qctl = f"PYTHONPATH={SOURCE} {sys.executable} -P -m qctl"
    answer = site.run("run", "--local", "--sh", f"{qctl} progress 50% --dry-run")
    assert (answer.code, answer.stdout) == (0, "would say that it is at 50%\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run -- printf '%s' 'a b'", "would submit adhoc to queue default, priority 5: printf %s 'a b'"),
        ("run --sh 'a | b'", "would submit adhoc to queue default, priority 5: /bin/sh -c 'a | b' sh"),
        ("run tidy -- x", "would submit tidy to queue default, priority 5: of=main x"),
        ("run tidy of='a b'", "would submit tidy to queue default, priority 5: of='a b'"),
        ("run signed pin=@pin n=5", "would submit signed to queue default, priority 5: n=5 pin=***"),
        ("run nightly", "would submit nightly to queue default, priority 5"),
        ("run tidy --local", "would run tidy here: of=main"),
        (
            "run tidy --after queued --key k --env A=1 --env B='x y' --label c=d",
            "would submit tidy to queue default, priority 5: of=main"
            " · after queued · key k · env A=1 'B=x y' · labels c=d",
        ),
        ("worker", "would start a worker that reads every queue, with as many slots as CPUs"),
        ("worker -Q a -c 1", "would start a worker that reads queues a, with 1 slot"),
        ("worker --autoscale 1,3", "would start a worker that reads every queue, with 1 to 3 slots"),
    ],
)
def test_it_says_what_was_asked_for(site: Home, seeded: Store, line: str, said: str) -> None:
    words = shlex.split(line)
    answer = site.run(words[0], "--dry-run", *words[1:])
    assert (answer.code, answer.stdout) == (0, said + "\n"), answer
