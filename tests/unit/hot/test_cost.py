"""What the commands that are typed most cost, in modules and in round trips: that can be counted on any machine."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from qctl.model.output import STDOUT, Chunk, pack
from qctl.store import open_store
from tests.support import PrivateRedis, eventually
from tests.support.source import ROOT
from tests.support.store_seed import SeedWorker, make_due, submit

#: All of others that a hot command may import beyond what bare Python has. No typing, dataclasses, inspect, asyncio,
#: logging, socket, ssl, subprocess, tempfile, pathlib, hashlib, secrets, urllib, zoneinfo, tomli, redis, typer or rich:
#: each costs as much as a whole command. Nor enum, re, json, functools, collections, contextlib, importlib, warnings or
#: types: one of them imports most of the others, and they cost a quarter of it.
MAY_BE_IMPORTED = {
    *("__future__", "gc", "itertools", "math", "unicodedata", "struct", "pwd"),
    *("_collections", "_datetime", "_json", "_operator", "_sha1", "_socket", "_struct"),
    *("hiredis", "hiredis.hiredis", "hiredis.version"),
}

#: command -> how many modules of ours it imports at most, and how often it asks Redis and waits for an answer.
BOUNDS = {
    "run backup": (86, 1),
    "run backup -q": (86, 1),
    "run -- true": (82, 1),
    "run --each lines -q -- echo {}": (90, 1),
    "wait ended": (89, 2),
    "ps": (89, 3),
    "ps -q --state queued": (87, 3),
    "status": (97, 6),
}

#: Of other commands that read: how often they ask at most, of an instance with a few jobs of one queue.
ASKED = {
    "ps -a": 6,
    "ps task:backup": 3,
    "history": 3,
    "stats": 5,
    "errors": 3,
    "queue list": 4,
    "queue show default": 7,
    "worker list": 1,
    "schedule list": 2,
    "logs ended": 1,
    "show ended": 2,
    "events": 2,
    "doctor": 16,
    "": 5,
}

#: Tells of all modules that there are when the command has ended.
NAMING = """
import atexit, sys
atexit.register(lambda: print("loaded", *sys.modules, file=sys.stderr))
from qctl.cli.main import main
"""

#: Counts the exchanges with Redis, and tells of them when the command has ended.
COUNTING = """
import atexit, sys
from qctl.store.wire import Wire
exchange, asked = Wire.exchange, []
Wire.exchange = lambda self, commands: asked.append(len(commands)) or exchange(self, commands)
atexit.register(lambda: print("asked", len(asked), file=sys.stderr))
from qctl.cli.main import main
main()
"""


@dataclass(frozen=True)
class Place:
    """A folder with a tasks.toml of which is known what it says, and a job that has ended."""

    folder: Path
    environ: dict[str, str]

    def imported(self, *words: str) -> set[str]:
        """All modules that there are after a call, beyond those of bare Python."""
        return self._modules(f"{NAMING}main()", *words) - self._modules(NAMING.partition("from")[0])

    def asked(self, *words: str) -> int:
        """How often a call asks Redis and waits for the answer."""
        said = self.call("-c", COUNTING, *words).stderr
        return int(said.rpartition("asked ")[2])

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What a Python says."""
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False, timeout=60
        )

    def imported_in_terminal(self, *words: str, **variables: str) -> set[str]:
        """The same of a call at a terminal of 24 lines."""
        outside, inside = pty.openpty()
        command = [sys.executable, "-c", f"{NAMING}main()", *words]
        try:
            said = subprocess.run(
                command,
                env={**self.environ, "TERM": "xterm", **variables},
                stdin=inside,
                stdout=inside,
                stderr=subprocess.PIPE,
                text=True,
                check=True,
                timeout=60,
            ).stderr
        finally:
            os.close(inside)
            os.close(outside)
        return set(said.rpartition("loaded ")[2].split()) - self._modules(NAMING.partition("from")[0])

    def _modules(self, code: str, *words: str) -> set[str]:
        return set(self.call("-c", code, *words).stderr.rpartition("loaded ")[2].split())


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, redis_server: PrivateRedis) -> Place:
    """A tasks.toml that was read before: one that is new is not trusted to stay as it is."""
    folder, home = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home")
    tasks = '[tasks.backup]\nrun = "true"\nparams.keep = { type = "int", default = 3 }\n'
    (folder / "tasks.toml").write_text(f'[qctl]\nredis = "{redis_server.url}"\nadhoc = true\n{tasks}')
    (folder / "lines").write_text("one\ntwo\nthree\n")
    environ = {"HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    place = Place(folder, environ)
    eventually(lambda: "qctl.config.loading" not in place.imported("run", "backup", "--dry-run"), 20)
    return place


@pytest.fixture
def place(known: Place, redis_url: str) -> Place:
    """The same with a Redis that knows its scripts, and three jobs."""
    for _ in range(3):
        known.call("-m", "qctl", "run", "backup", "-q")
    ended = known.call("-m", "qctl", "run", "backup", "-q").stdout.strip()
    known.call("-m", "qctl", "cancel", ended)
    for words in ("ps", "status", f"wait {ended}"):
        known.call("-m", "qctl", *words.split())
    return known


@pytest.mark.parametrize("line", BOUNDS)
def test_no_hot_command_imports_what_it_can_do_without(place: Place, line: str) -> None:
    found = place.imported(*_words(line, place))
    ours = found - _of_others(found)
    assert _of_others(found) <= MAY_BE_IMPORTED
    assert len(ours) <= BOUNDS[line][0], f"{len(ours)} modules of ours: {' '.join(sorted(ours))}"


@pytest.mark.parametrize("line", ["run backup keep=5 -q", "wait ended --timeout 30s", "ps task:back* OR age>1h"])
def test_nor_does_it_for_what_more_its_words_ask_of_it(place: Place, line: str) -> None:
    assert _of_others(place.imported(*_words(line, place))) <= MAY_BE_IMPORTED


def test_it_imports_none_of_them_either_where_a_worker_says_what_it_reads(place: Place, redis_url: str) -> None:
    with closing(open_store(redis_url, "qctl")) as store:
        store.do(store.verbs.register("w1", {"queues": ["default"], "file": str(place.folder / "tasks.toml")}))
    assert "no live worker" not in place.call("-m", "qctl", "run", "backup").stderr
    assert _of_others(place.imported("run", "backup")) <= MAY_BE_IMPORTED


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_server_is_found_without_the_rules_for_international_names(place: Place, host: str) -> None:
    """Python reads them for any name that is a text, and regular expressions with them."""
    finding = f"targets(parse_address('redis://{host}:6379'))"
    code = f"import sys\nfrom qctl.store import parse_address\nfrom qctl.store.sockets import targets\n{finding}"
    said = place.call("-c", f"{code}\nprint({{'encodings.idna', 'stringprep'}} & {{*sys.modules}})")
    assert (said.stdout, said.stderr) == ("set()\n", "")


def test_a_hot_command_asks_redis_as_often_as_it_has_to(place: Place) -> None:
    found = {line: place.asked(*_words(line, place)) for line in BOUNDS}

    assert {line: number for line, number in found.items() if number > BOUNDS[line][1]} == {}


@pytest.mark.parametrize("line", ASKED)
def test_nor_does_another_command_that_reads_ask_more_often(place: Place, line: str) -> None:
    assert place.asked(*_words(line, place)) <= ASKED[line]


@pytest.mark.parametrize("line", ["wait", "logs", "show", "show -o json", "cancel --dry-run", "rm --dry-run"])
def test_many_jobs_that_are_named_are_read_together(place: Place, line: str) -> None:
    for _ in range(3):
        place.call("-m", "qctl", "cancel", place.call("-m", "qctl", "run", "backup", "-q").stdout.strip())
    ended = place.call("-m", "qctl", "history", "-q").stdout.split()
    assert len(ended) >= 4
    assert place.asked(*line.split(), *ended) == place.asked(*line.split(), ended[0])


def test_of_jobs_that_have_ended_show_reads_the_newest_output_along_with_the_rest(place: Place, redis_url: str) -> None:
    with closing(open_store(redis_url, "qctl")) as store:
        worker, ids = SeedWorker(store).register(), ["7kq2f8wz", "7kq2f8xa"]
        submit(store, *ids)
        for attempt in ("first", "last"):
            make_due(store, *ids)
            store.do(store.verbs.promote(10))
            for claim in worker.claim(10):
                said = pack([Chunk(0, STDOUT, f"{attempt} of {claim.id}\n".encode())])
                end = worker.complete if attempt == "last" else worker.retry
                if claim.id in ids:
                    end(claim, log=said)
        shown = place.call("-m", "qctl", "show", *ids).stdout
        assert all(f"last of {job}" in shown and f"first of {job}" not in shown for job in ids)
    assert place.asked("show", *ids) == ASKED["show ended"]


def test_what_holds_jobs_back_that_are_shown_together_is_read_once(place: Place) -> None:
    ids = [place.call("-m", "qctl", "run", "backup", "-q").stdout.strip() for _ in range(3)]
    assert place.asked("show", *ids) == place.asked("show", ids[0])
    place.call("-m", "qctl", "cancel", *ids)


def test_of_a_job_that_runs_again_show_tells_what_this_attempt_has_written(place: Place, redis_url: str) -> None:
    with closing(open_store(redis_url, "qctl")) as store:
        worker, job = SeedWorker(store).register(), "7kq2f8xc"
        submit(store, job)
        for attempt in ("first", "last"):
            (claim,) = [claim for claim in worker.claim(10) if claim.id == job]
            if attempt == "first":
                worker.retry(claim, log=pack([Chunk(0, STDOUT, b"of the first\n")]))
                make_due(store, job)
                store.do(store.verbs.promote(10))
        assert "of the first" not in place.call("-m", "qctl", "show", job).stdout
        worker.complete(claim)


def test_many_workers_are_told_together(place: Place, redis_url: str) -> None:
    with closing(open_store(redis_url, "qctl")) as store:
        for name in ("w1", "w2", "w3"):
            store.do(store.verbs.register(name, {"queues": ["default"]}))
    assert place.asked("worker", "drain", "w1", "w2", "w3") == place.asked("worker", "drain", "w1")


def test_a_list_of_workflows_is_made_without_what_plans_workflows(place: Place) -> None:
    workflow = place.call("-m", "qctl", "run", "backup | backup", "-q").stdout.strip()
    assert workflow in place.call("-m", "qctl", "ps").stdout
    found = place.imported("ps")
    assert not found & {"qctl.client.workflows", "qctl.config.pipelines", "qctl.config.expanding"}
    assert _of_others(found) <= MAY_BE_IMPORTED
    place.call("-m", "qctl", "cancel", workflow)


@pytest.mark.parametrize("pager", ["cat", "sed 's/^/paged: /'"])
def test_root_help_in_a_terminal_imports_next_to_nothing(known: Place, pager: str) -> None:
    """Neither to find out that it is longer than the screen, nor to start what shows it."""
    found = known.imported_in_terminal("--help", PAGER=pager)
    ours = {name for name in found if name == "qctl" or name.startswith("qctl.")}
    others = ("__future__", "importlib", "importlib._bootstrap", "importlib._bootstrap_external", "warnings")
    assert found - ours <= {*others, "atexit", "operator", "_operator", "_datetime", "unicodedata"}
    assert len(ours) <= 15, sorted(ours)


def test_a_progress_imports_little_and_knows_no_redis(known: Place, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as worker:
        worker.bind(str(tmp_path / "qctl.sock"))
        worker.listen()
        heard: list[bytes] = []

        def answer() -> None:
            line, _ = worker.accept()
            with line:
                heard.append(line.recv(4096))
                line.sendall(b"{}\n")

        listening = Thread(target=answer, daemon=True)
        listening.start()
        inside = Place(known.folder, {**known.environ, "QCTL_RUN_DIR": str(tmp_path)})
        found = inside.imported("progress", "3/10", "copying", "files")
        listening.join(10)

    assert json.loads(heard[0]) == {"progress": 0.3, "text": "copying files"}
    ours = {name for name in found if name == "qctl" or name.startswith("qctl.")}
    assert found - ours <= MAY_BE_IMPORTED - {"hiredis"}
    assert len(ours) <= 20, sorted(ours)


def _of_others(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] != "qctl"}


def _words(line: str, place: Place) -> list[str]:
    """The words of a command line; `ended` is the id of the job that has."""
    if "ended" not in line:
        return line.split()
    job = place.call("-m", "qctl", "history", "-q").stdout.split()[0]
    return line.replace("ended", job).split()
