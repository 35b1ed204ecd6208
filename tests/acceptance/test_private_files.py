"""Every file that qctl makes is its user's from the first moment, whatever the umask, and written through no link."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support import Home, eventually

NOBODY = 65534
TASKS = """
[tasks.hello]
run = 'echo hello'
output.file = "PUBLIC/hello.log"
schedule = "0 3 * * *"
[tasks.private]
run = 'stat -c "%a" "$QCTL_RUN_DIR"; umask'
"""

#: Tries whatever could be tried on paths that it may only guess, until it is told to stop.
STRANGER = f"""
import glob, os, select, socket, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
home, temporary = sys.argv[1:]
state = home + "/state/qctl"
files = [state + "/" + name for name in (
    "redis.sock", "server.log", "server.lock", "server.json", "running.json", "server.new", "worker.log",
    "temporary-worker.log", "server.pid", "appendonlydir", "appendonly.aof", "reports", "purged", "top.json")]
files += [home + "/cache/qctl/offers", home + "/cache/qctl/told-words", home + "/public/hello.log"]
rooms = temporary + "/qctl-runs-*"
done = reached = 0
print("trying", flush=True)
while not (select.select([sys.stdin], [], [], 0)[0] and done >= 1000):
    pids = [name for name in os.listdir("/proc") if name.isdecimal()][-40:]
    inside = [f"{{room}}/{{pid}}-{{slot}}/qctl.sock" for room in glob.glob(rooms) for pid in pids for slot in (0, 1)]
    for path in files + inside:
        done += 1
        for flags in (os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY | os.O_NONBLOCK):
            try:
                os.close(os.open(path, flags))
            except OSError as error:
                continue
            reached += 1
            print("opened", path, flush=True)
        if path.endswith(".sock"):
            with socket.socket(socket.AF_UNIX) as line:
                try:
                    line.connect(path)
                except OSError:
                    continue
                reached += 1
                print("connected to", path, flush=True)
print(reached, "of", done, flush=True)
"""


@pytest.fixture
def open_home(home: Home) -> Iterator[Home]:
    """A home that others may walk through, of somebody whose umask keeps nothing from anybody."""
    home.folder.chmod(0o755)
    for name, mode in (("public", 0o755), ("tmp", 0o1777)):
        (home.folder / name).mkdir(exist_ok=True)
        (home.folder / name).chmod(mode)
    home.state.parent.rmdir()  # made by qctl, and so are those above the folders of its cache and its settings
    home.write("tasks.toml", TASKS.replace("PUBLIC", str(home.folder / "public")))
    before = os.umask(0)
    yield home
    os.umask(before)


def run(home: Home, *words: str) -> str:
    """Run a command in a process that has this one's umask."""
    answer = home.run_in_earnest(*words, env={"TMPDIR": str(home.folder / "tmp")})
    assert answer.code == 0, answer
    return answer.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_user_reaches_nothing_in_the_moment_of_its_making(open_home: Home) -> None:
    """Attacks 38 and 39: a thousand tries at server, logs, locks, run directories, caches and output, of umask 000."""
    home = open_home
    words = [sys.executable, "-c", STRANGER, str(home.folder), str(home.folder / "tmp")]
    stranger = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert stranger.stdout is not None
    assert stranger.stdout.readline() == "trying\n"
    for _ in range(2):
        run(home, "up", "-d", "--name", "w", "-c", "2")
        (home.folder / "public" / "hello.log").unlink(missing_ok=True)
        assert run(home, "run", "hello", "--wait") == "hello\n"
        run(home, "down", "--now")
        (home.state / "worker.log").unlink()
    tried, _ = stranger.communicate("stop\n", timeout=60)

    *reached, last = tried.splitlines()
    assert reached == []
    assert last.startswith("0 of ")
    assert int(last.split()[-1]) >= 1000


def test_with_a_umask_of_zero_nobody_else_may_write_to_anything(open_home: Home) -> None:
    """Attack 38: files and folders that are made on the way included; what others need is readable, and no more."""
    home = open_home
    run(home, "up", "-d", "--name", "w")
    assert run(home, "run", "hello", "--wait") == "hello\n"
    assert run(home, "run", "private", "--wait") == "700\n0022\n"
    run(home, "pause", "--all")
    run(home, "run", "hello")
    run(home, "queue", "purge", "default", "-y")
    run(home, "export", "systemd", "--to", "units/made")
    run(home, "--dir", str(home.folder / "public"), "init")
    eventually(lambda: (home.state / "worker.log").exists())
    run(home, "down", "--now")

    made = [path for path in home.folder.rglob("*") if path.name not in ("work", "tmp", "run")]
    loose = {str(path): oct(path.lstat().st_mode) for path in made if path.lstat().st_mode & 0o022}
    assert [path for path in loose if "/work/tasks.toml" not in path and "started-" not in path] == []
    private = [home.state, *home.state.rglob("*"), home.folder / "public" / "hello.log"]
    assert {str(path) for path in private if path.lstat().st_mode & 0o077} == set()
    assert stat.S_IMODE((home.work / "units" / "made").stat().st_mode) == 0o755
    units = list((home.work / "units" / "made").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in units} == {0o644}


LINKS = {"worker.log": ("up", "-d"), "temporary-worker.log": ("run", "private", "--wait")}


@pytest.mark.parametrize("second_name", [False, True], ids=["link", "second name"])
@pytest.mark.parametrize("name", LINKS)
def test_a_log_is_written_through_no_link(open_home: Home, name: str, second_name: bool) -> None:
    """Attack 40: in the place of a worker's log."""
    home, precious = open_home, open_home.folder / "precious"
    precious.write_text("precious\n")
    run(home, "run", "private", "--in", "1h")  # starts the server
    place = home.state / name
    place.unlink(missing_ok=True)
    if second_name:
        place.hardlink_to(precious)
    else:
        place.symlink_to(precious)

    refused = home.run_in_earnest(*LINKS[name])

    assert refused.code == 77, refused
    what = "not a plain file of our own" if second_name else "a link, which qctl never makes there"
    assert refused.stderr.splitlines()[-2:] == [f"error[Q077]: {place} is {what}", f"  help: ls -l {place}"]
    assert precious.read_text() == "precious\n"
    run(home, "down", "--now")


def test_an_export_follows_no_link(open_home: Home) -> None:
    """Attack 40: neither one in the place of a unit, nor one where it is written first."""
    home, precious = open_home, open_home.folder / "precious"
    precious.write_text("precious\n")
    units = home.work / "units"
    units.mkdir(mode=0o755)
    for name in ("qctl-hello.timer", ".qctl-hello.timer.new", "qctl-hello.service", ".qctl-hello.service.new"):
        (units / name).symlink_to(precious)

    refused = home.run_in_earnest("export", "systemd", "--to", "units")

    assert refused.code == 5, refused
    assert precious.read_text() == "precious\n"
    for name in ("qctl-hello.timer", "qctl-hello.service"):
        (units / name).unlink()
    run(home, "export", "systemd", "--to", "units")
    assert precious.read_text() == "precious\n"
