"""Whose qctl am I looking at: every listing says so, and nobody is shown an empty world in place of another's."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Answer, Home
from tests.support.command_line import SOURCE
from tests.support.servers import chosen_server

TASKS = "[tasks.hello]\nrun = 'echo hello'\n\n[tasks.fails]\nrun = 'exit 3'\n"
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")

LISTINGS = ("ps", "history", "status", "queue list", "worker list", "errors", "stats", "events", "queue show default")


@pytest.mark.parametrize("listing", LISTINGS)
def test_every_listing_names_its_server_to_people_and_to_nobody_else(site: Home, listing: str) -> None:
    site.run("run", "hello", "-q")
    words = listing.split()
    shown = site.run(*words)
    name = f"{site.redis} namespace {site.namespace}"
    assert name in shown.stdout + shown.stderr
    for form in ("json", "tsv", "name"):
        if (listing, form) not in (("status", "json"), ("status", "tsv")):  # there it is a fact among others
            assert name not in site.run(*words, "-o", form).stdout


#: Forks for each command, and imports everything once: it takes more than a second, and the source may lie where nobody
#: else can read.
STRANGER = f"""
import json, os, sys
from importlib import import_module
sys.path.insert(0, {str(SOURCE)!r})
from tests.support import everything_imported
qctl = everything_imported.qctl
import_module("qctl.store.command").read_every_script()
for line in sys.stdin:
    system, words, environ, folder, out, err = json.loads(line)
    pid = os.fork()
    if pid:
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        continue
    qctl.client.server.SYSTEM_STATE = qctl.cli.session.SYSTEM_STATE = qctl.cli.overview.SYSTEM_STATE = system
    import_module("qctl.client.checkup.instances").SYSTEM_STATE = system
    for stream, path in enumerate((os.devnull, out, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
    sys.exit(qctl.cli.main.run(words))
"""


@pytest.fixture(scope="module")
def forks() -> Iterator[subprocess.Popen[str]]:
    """The process that becomes another user for each of his commands."""
    with subprocess.Popen(
        [sys.executable, "-c", STRANGER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


class Stranger:
    """Another user of this machine, with a home of his own."""

    def __init__(self, system: Path, folder: Path, forks: subprocess.Popen[str]) -> None:
        self._system = system
        self.folder = folder
        self._forks = forks
        #: The one of the tests may not be his to run.
        self._server = shutil.copy(chosen_server(), folder / "redis-server")

    def write(self, name: str, text: str) -> None:
        """Write a file of his."""
        (self.folder / name).write_text(text)
        os.chown(self.folder / name, NOBODY, NOBODY)

    def run(self, *words: str, state: Path | None = None) -> Answer:
        """Run qctl as him."""
        environ = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(state or self.folder / "state"),
            "QCTL_REDIS_SERVER": str(self._server),
        }
        with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            request = [str(self._system), words, environ, str(self.folder), out.name, err.name]
            assert self._forks.stdin
            assert self._forks.stdout
            print(json.dumps(request), file=self._forks.stdin, flush=True)
            code = int(self._forks.stdout.readline())
            return Answer(code, out.read().decode(), err.read().decode())


@pytest.fixture
def system(home: Home) -> Home:
    """A home whose instance runs, and whose way there others may walk."""
    home.write("tasks.toml", TASKS)
    home.run("run", "hello", "-q")
    for each in (home.folder, home.state.parent):
        each.chmod(0o755)
    return home


@pytest.fixture
def stranger(system: Home, forks: subprocess.Popen[str]) -> Iterator[Stranger]:
    with tempfile.TemporaryDirectory(prefix="qctl-stranger-") as folder:
        os.chown(folder, NOBODY, NOBODY)
        yield Stranger(system.state, Path(folder), forks)


@as_root
@pytest.mark.parametrize("command", ["ps", "status"])
def test_where_only_the_systems_instance_is_there_it_is_named_instead_of_an_empty_world(
    stranger: Stranger, system: Home, command: str
) -> None:
    answer = stranger.run(command)
    assert (answer.code, answer.stdout) == (77, "")
    assert answer.stderr.splitlines() == [
        f"error[Q077]: {system.state} belongs to root's qctl, which you may not read, and you have none running",
        "  help: sudo qctl status",
    ]
    told = json.loads(stranger.run(command, "-o", "json").stdout)
    assert (told["schema"], told["exit"]) == ("qctl.error/1", 77)
    assert not (stranger.folder / "state").exists()


@as_root
def test_the_screen_and_the_check_up_tell_of_it_too(stranger: Stranger, system: Home) -> None:
    shown = stranger.run()
    assert (shown.code, f"{system.state} is root's, which you may not read" in shown.stdout) == (0, True)
    found = json.loads(stranger.run("doctor", "-o", "json").stdout)
    (instance,) = (item for item in found["checks"] if item["name"] == "instance")
    assert (instance["verdict"], instance["next"].split("        ")[0]) == ("warn", "sudo qctl status")


@as_root
def test_who_has_an_instance_of_his_own_that_died_is_told_of_that_one(stranger: Stranger) -> None:
    stranger.write("tasks.toml", TASKS)
    assert stranger.run("run", "hello", "-q").code == 0
    os.kill(int((stranger.folder / "state/qctl/server.pid").read_text()), signal.SIGKILL)

    status, shown = stranger.run("status"), stranger.run()
    assert (status.code, "the server was started and is gone; qctl up -d" in status.stdout) == (3, True), status
    assert "root's" not in shown.stdout
    listed = stranger.run("ps")
    assert (listed.code, "1 queued" in listed.stdout + listed.stderr) == (0, True), listed
    assert stranger.run("down").code == 0
    assert stranger.run("ps").code == 77, "told to end, it is none of his any more"


@as_root
def test_who_names_a_server_is_not_kept_from_it(stranger: Stranger) -> None:
    assert stranger.run("--redis", "redis://127.0.0.1:1", "ps").code == 69


@as_root
@pytest.mark.parametrize(
    "words",
    ["ps", "status", "history", "queue list", "worker list", "run hello", "run -- true", "logs @last", "down", "up -d"],
)
def test_another_users_state_directory_is_refused_in_one_line(stranger: Stranger, system: Home, words: str) -> None:
    """Attack 59."""
    stranger.write("tasks.toml", TASKS)
    answer = stranger.run(*words.split(), state=system.state.parent)
    assert (answer.code, answer.stdout) == (77, ""), answer
    what, way_out = answer.stderr.splitlines()
    assert what.startswith(f"error[Q077]: {system.state} belongs to root")
    assert way_out.startswith("  help: ")


@as_root
def test_another_users_state_directory_is_told_by_what_looks_at_everything(stranger: Stranger, system: Home) -> None:
    """Attack 59."""
    shown = stranger.run(state=system.state.parent)
    assert (shown.code, f"{system.state} belongs to root" in shown.stdout) == (0, True)
    found = stranger.run("doctor", "-o", "json", state=system.state.parent)
    failed = {item["name"] for item in json.loads(found.stdout)["checks"] if item["verdict"] == "fail"}
    assert (found.code, failed) == (1, {"instance", "redis"})
