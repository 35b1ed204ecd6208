"""Beats as they are run: alone, in a worker, by `up`; and what a task started by one sees."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.store import ScheduleReading, open_store
from qctl.store.schedule_values import BeatInfo
from tests.support import Answer, Home, Running, eventually
from tests.support.faked_server import FakedServer

#: Each run leaves one line, outside of all that qctl keeps: the instant that it was started for.
TASKS = """
[tasks.tick]
run = 'echo "$QCTL_SCHEDULED_FOR" >> WORK/ticks'
schedule = { cron = "* * * * * *", overlap = "allow" }
"""
NIGHTLY = """
[qctl]
timezone = "Europe/Berlin"
[tasks.nightly]
run = 'echo "$QCTL_SCHEDULED_FOR $keep" >> WORK/nights'
params.keep = { type = "int", default = 3 }
schedule = { cron = "30 2 * * *", with = { keep = 7 } }
"""
#: All that a task sees of the world, without what is a job's own.
SEES = """
[tasks.look]
run = '''
{ env | grep -v '^QCTL_\\(JOB_ID\\|FENCE\\|SCHEDULED_FOR\\|RUN_DIR\\|RESULT\\|INPUT\\)=' | sort
  pwd; umask; id; ulimit -a; echo "$0"; } > WORK/look.new; mv WORK/look.new WORK/look.$KIND
'''
params.kind = { type = "str", default = "none" }
params.KIND = { type = "str" }
[tasks.look.schedule]
cron = "* * * * * *"
timezone = "Asia/Tokyo"
with = { KIND = "here", kind = "typed in the file" }
"""


def written(home: Home, tasks: str) -> Home:
    """A home with these tasks, which leave their marks in its folder."""
    home.write("tasks.toml", tasks.replace("WORK", str(home.work)))
    return home


@pytest.fixture
def site(shared_home: Home) -> Home:
    return written(shared_home, TASKS)


def ticks(home: Home, name: str = "ticks") -> list[str]:
    file = home.work / name
    return file.read_text().splitlines() if file.exists() else []


def beats_of(home: Home) -> list[BeatInfo]:
    store = open_store(home.redis or "", home.namespace or "qctl")
    try:
        return ScheduleReading(store).beats()
    finally:
        store.close()


def says(running: Running, action: str) -> None:
    running.wait_for(f"action={action}")


class TestProcesses:
    def test_a_beat_alone_fires_and_ends_at_once_on_sigterm(self, site: Home) -> None:
        worker, beat = site.start("worker", "-c", "2"), site.start("beat", "--name", "one")
        eventually(lambda: len(ticks(site)) >= 2, within=20.0)
        assert (beat.stop().code, worker.stop().code) == (0, 0)
        assert "beat ends" in beat.stderr
        assert max(Counter(ticks(site)).values()) == 1

    def test_sighup_takes_a_changed_file_up(self, site: Home) -> None:
        beat = site.start("beat")
        says(beat, "schedules")
        site.write("tasks.toml", TASKS.replace("[tasks.tick]", "[tasks.tock]"))
        beat.send(signal.SIGHUP)
        beat.wait_for("1 schedule declared, 1 withdrawn")
        assert beat.stop().code == 0

    def test_a_beat_without_redis_says_so(self, site: Home) -> None:
        answer = site.run("beat", env={"QCTL_REDIS": "redis://127.0.0.1:1"})
        assert (answer.code, "127.0.0.1:1" in answer.stderr) == (69, True), answer

    def test_a_broken_file_is_told_before_anything_starts(self, site: Home) -> None:
        site.write("tasks.toml", "[tasks.a\n")
        answer = site.run("beat")
        assert (answer.code, "tasks.toml" in answer.stderr) == (78, True), answer

    def test_no_parser_of_command_lines_stays_in_its_memory(self, site: Home) -> None:
        beat = site.start("beat")
        says(beat, "schedules")
        mapped = Path(f"/proc/{beat.pid}/cmdline").read_bytes()
        assert b"qctl.cli.beat" in mapped
        assert beat.stop().code == 0

    def test_a_worker_fires_only_if_it_is_told_to(self, site: Home) -> None:
        bare = site.start("worker", "-c", "2", "-l", "debug")
        says(bare, "ready")
        beating = site.start("worker", "-c", "2", "-B", "--name", "beating")
        eventually(lambda: ticks(site), within=20.0)
        beats = site.run("worker", "list", "-q").stdout
        assert "beating" in beats
        assert "action=schedules" not in bare.stderr
        assert [beat.about["worker"].partition(".")[0] for beat in beats_of(site)] == ["beating"]
        assert (beating.stop().code, bare.stop().code) == (0, 0)
        assert beats_of(site) == [], "it has said that it goes"

    def test_dry_run_names_what_would_be_fired(self, site: Home) -> None:
        said = json.loads(site.run("beat", "--dry-run", "-o", "json").stdout)
        assert (said["schedules"], said["dry_run"]) == (["tick"], True)
        assert "  tick  " in site.run("beat", "--dry-run").stdout
        assert site.run("beat", "--dry-run", "-o", "name").stdout == "tick\n"
        assert site.run("beat", "--dry-run", "-o", "tsv").stdout.splitlines()[0].split("\t")[:2] == ["label", "file"]


class TestUp:
    @pytest.fixture
    def own(self, home: Home) -> Iterator[Home]:
        """A home with an embedded server of its own."""
        yield written(home, TASKS)
        home.run("down", "--now")

    def test_up_has_a_beat(self, own: Home) -> None:
        assert own.run("up", "-d").code == 0
        eventually(lambda: len(ticks(own)) >= 2, within=20.0)

    def test_beside_a_worker_of_a_terminal_no_log_is_named_that_it_does_not_write(self, own: Home) -> None:
        assert own.run("up", "-d", "--name", "one").stderr.count("worker.log") == 1
        assert own.run("up", "-d").stderr.count("worker.log") == 1, "it is that worker's"
        assert own.run("down", "--now").code == 0
        own.start("up", "--name", "two")
        eventually(lambda: own.run("worker", "list", "-q").stdout == "two\n", within=20.0)
        beside = own.run("up", "-d")
        assert "already up: worker two" in beside.stderr, beside
        assert "worker.log" not in beside.stderr, beside

    def test_up_without_a_beat_fires_nothing(self, own: Home) -> None:
        assert own.run("up", "-d", "--no-beat").code == 0
        assert own.run("run", "tick", "--wait").code == 0
        assert ticks(own) == [""], "the one that was typed"


class TestAsScheduled:
    @pytest.fixture
    def looked(self, shared_home: Home) -> Home:
        return written(shared_home, SEES)

    def test_a_task_sees_the_same_whoever_starts_it(self, looked: Home) -> None:  # P4, D22
        rich = {"EDITOR": "vi", "PS1": "$ ", "LC_ALL": "C.UTF-8", "MY_SECRET": "x"}
        worker = looked.start("worker", "-B", "-c", "2", env={"ONLY_IN_WORKER": "1"})
        seen = eventually(lambda: self._taken(looked), within=20.0)
        assert [line for line in seen.splitlines() if line.startswith("TZ=")] == ["TZ=UTC"], "the host's, not Tokyo"
        assert worker.stop().code == 0
        worker = looked.start("worker", "-c", "2")
        assert looked.run("run", "look", "--as-scheduled", "--wait", env=rich, timeout=30).code == 0
        assert self._taken(looked) == seen
        assert worker.stop().code == 0

        answer = looked.run("run", "look", "--as-scheduled", "--local", env=rich)
        assert answer.code == 0, answer
        assert self._taken(looked) == seen

    def test_it_carries_an_instant(self, site: Home) -> None:
        answer = site.run("run", "tick", "--as-scheduled", "--local")
        assert answer.code == 0, answer
        assert ticks(site)[0].endswith("Z")

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            ("run look KIND=a --as-scheduled", 2, "takes the parameters of the schedule, and no others"),
            ("run look --schedule look", 2, "goes with that"),
            ("run look --as-scheduled --schedule loook", 4, "did you mean"),
            ("run --as-scheduled -- true", 2, "has no schedule"),
        ],
    )
    def test_what_does_not_go_together_is_told(self, looked: Home, words: str, code: int, said: str) -> None:
        answer: Answer = looked.run(*words.split())
        assert (answer.code, said in answer.stderr) == (code, True), answer

    def _taken(self, home: Home) -> str:
        """What the task saw, once."""
        file = home.work / "look.here"
        if not file.exists():
            return ""
        text = file.read_text()
        file.unlink()
        return text


def test_two_beats_of_which_one_is_killed_start_each_instant_once(site: Home) -> None:  # C21, faults 62 and 64
    worker = site.start("worker", "-c", "4")
    first, second = site.start("beat", "--name", "one"), site.start("beat", "--name", "two")
    says(first, "schedules")
    says(second, "schedules")
    eventually(lambda: len(ticks(site)) >= 2, within=20.0)
    first.kill()
    before = len(ticks(site))
    eventually(lambda: len(ticks(site)) >= before + 2, within=30.0)
    assert (second.stop().code, worker.stop().code) == (0, 0)
    started = Counter(ticks(site))
    assert max(started.values()) == 1
    assert all(each.endswith("Z") for each in started)


def test_a_real_beat_keeps_to_the_servers_clock_through_a_night_of_summer_time(  # D1, D7
    tmp_path: Path, faked_server: FakedServer, namespace: str
) -> None:
    """Fault 59."""
    home = Home(faked_server.url, namespace)
    written(home, NIGHTLY)
    try:
        faked_server.set("2026-03-29 00:59:50")
        beat = home.start("worker", "-B", "-c", "1", "--lease", "20s")
        says(beat, "schedules")
        faked_server.set("2026-03-29 00:59:58")
        eventually(lambda: ticks(home, "nights"), within=20.0)
        assert ticks(home, "nights") == ["2026-03-29T01:00:00.000Z 7"]
        faked_server.set("2026-03-30 00:29:58")
        eventually(lambda: len(ticks(home, "nights")) == 2, within=30.0)
        assert ticks(home, "nights")[1] == "2026-03-30T00:30:00.000Z 7"
        beat.stop()
    finally:
        assert home.remove() == [], "processes left running"
