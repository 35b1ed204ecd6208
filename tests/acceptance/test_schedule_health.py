"""The real `qctl status`, `doctor` and bare `qctl` over schedules: true also when a host, or every beat, is dead."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
import redis

from qctl.model.occurrence import End, Occurrence
from qctl.store import Command, Reading, Store
from tests.support import Home
from tests.support.file_beat import FileBeat
from tests.support.store_seed import SeedWorker
from tests.support.terminal import Terminal, plain

TASKS = """
[tasks.backup]
run = "/usr/local/bin/backup.sh --all"
schedule = "30 2 * * *"

[tasks.tick]
run = "true"
schedule = "* * * * *"

[tasks.audit]
run = "true"
host = "web1"
schedule = "* * * * *"
"""
MINUTE = 60_000


@pytest.fixture
def beat(site: Home, store: Store) -> FileBeat:
    """A live beat that has declared the file's schedules."""
    return FileBeat(store, site.work / "tasks.toml").pulse(host="db1").publish()


@pytest.fixture
def at(store: Store) -> int:
    """Ten minutes ago, on the minute."""
    return Reading(store).now_ms() // MINUTE * MINUTE - 10 * MINUTE


def status(home: Home) -> tuple[int, dict[str, Any]]:
    answer = home.run("status", "-o", "json")
    return answer.code, json.loads(answer.stdout)


def checks(home: Home, **env: str) -> dict[str, dict[str, Any]]:
    answer = home.run("doctor", "-o", "json", env=env)
    return {item["name"]: item for item in json.loads(answer.stdout)["checks"]}


def test_of_a_sound_fleet_one_line_tells_all(site: Home, store: Store, beat: FileBeat) -> None:
    SeedWorker(store, "w1").register()
    answer = site.run("status")
    assert answer.code == 0, answer
    assert "  2 hosts, 3 schedules, 0 missed, 0 late, 0 failing\n" in answer.stdout
    assert checks(site)["beats"]["found"] == "1 live: b1 on db1"
    assert {checks(site)[name]["verdict"] for name in ("beats", "schedules", "drift", "beat clocks")} == {"ok"}
    assert "Schedules  3 schedules · beat b1 on db1" in site.run().stdout


def test_when_every_beat_is_dead_what_passed_is_missed(site: Home, store: Store, beat: FileBeat, at: int) -> None:
    beat.move_cursor("tick", at)
    beat.leave()

    code, facts = status(site)

    assert (code, facts["health"]) == (1, "degraded")
    assert (facts["schedules_missed"], facts["schedules_late"], facts["beats"]) == (1, 0, [])
    assert facts["problems"][0] == "no beat runs, and 3 schedules wait for one"
    assert facts["problems"][1].startswith("1 schedule missed: tick (")
    assert facts["next"] == "qctl up -d"
    found = checks(site)
    assert (found["beats"]["verdict"], found["schedules"]["verdict"]) == ("fail", "fail")
    assert found["schedules"]["next"] == "qctl schedule missed"
    assert "no beat runs" in site.run().stdout


def test_a_live_beat_that_does_not_fire_is_late(site: Home, store: Store, beat: FileBeat, at: int) -> None:
    beat.move_cursor("tick", at)
    code, facts = status(site)
    assert (code, facts["schedules_late"], facts["schedules_missed"]) == (1, 1, 0)
    assert "and not fired" in facts["problems"][0]
    line = next(line for line in site.run("status").stdout.splitlines() if "hosts," in line)
    assert line == "  2 hosts, 3 schedules, 0 missed, 1 late, 0 failing: qctl schedule list"


def test_a_job_for_a_host_without_a_worker_is_missed(site: Home, store: Store, beat: FileBeat, at: int) -> None:
    beat.move_cursor("audit", at - MINUTE)
    (job,) = beat.fire("audit", Occurrence(at_ms=at, end=End.FIRED))
    beat.move_cursor("audit", at + 10 * MINUTE)
    pretend_it_waits(store, job, 5 * MINUTE)

    code, facts = status(site)

    assert (code, facts["schedules_missed"]) == (1, 1)
    assert f"audit (job {job} waits for a worker that is not there)" in " ".join(facts["problems"])


def test_failures_are_told_with_the_command(site: Home, store: Store, beat: FileBeat, at: int) -> None:
    beat.move_cursor("tick", at - MINUTE)
    beat.fire("tick", Occurrence(at_ms=at, end=End.FIRED))
    beat.move_cursor("tick", at + 10 * MINUTE)
    worker = SeedWorker(store, "w1").register()
    worker.bury(worker.take())

    code, facts = status(site)

    assert (code, facts["schedules_failing"]) == (1, 1)
    assert facts["next"] == "qctl schedule history tick"
    assert checks(site)["schedules"]["verdict"] == "warn"


def test_missed_rows_of_the_ledger_count_until_the_next_run(site: Home, store: Store, beat: FileBeat, at: int) -> None:
    beat.move_cursor("tick", at - MINUTE)
    beat.fire("tick", Occurrence(at_ms=at, end=End.MISSED), Occurrence(at_ms=at + MINUTE, end=End.MISSED))
    beat.move_cursor("tick", at + 10 * MINUTE)
    assert status(site)[1]["schedules_missed"] == 1
    beat.fire("tick", Occurrence(at_ms=at + 10 * MINUTE, end=End.FIRED))
    assert status(site)[1]["schedules_missed"] == 0


def test_what_somebody_has_run_by_hand_since_is_missed_no_more(
    site: Home, store: Store, beat: FileBeat, at: int
) -> None:
    beat.move_cursor("tick", at - MINUTE)
    beat.fire("tick", Occurrence(at_ms=at, end=End.MISSED))
    beat.move_cursor("tick", at + 10 * MINUTE)
    assert status(site)[1]["schedules_missed"] == 1
    assert site.run("schedule", "missed", "--run", "-y").code == 0
    assert status(site)[1]["schedules_missed"] == 0

    skipped = [Occurrence(at_ms=at + MINUTE + second, end=End.PAUSED) for second in range(60)]
    beat.fire("tick", *skipped)
    assert status(site)[1]["schedules_missed"] == 0, "however many instants have passed since"


def test_schedules_that_no_beat_has_taken_up_are_told_where_a_worker_runs(site: Home, store: Store) -> None:
    assert status(site)[0] == 3
    SeedWorker(store, "w1").register()
    code, facts = status(site)
    assert (code, facts["problems"]) == (1, ["no beat runs, and 3 schedules wait for one"])


def test_a_beat_that_goes_on_with_the_last_good_file_says_since_when(site: Home, store: Store, beat: FileBeat) -> None:
    """R5."""
    beat.pulse(problem="tasks.toml:3:1: not TOML", stale_since_ms=Reading(store).now_ms() - 3 * 3_600_000)
    code, facts = status(site)
    assert code == 1
    assert "beat b1 on elsewhere goes on since 3h with the last good" in facts["problems"][0]
    assert "not TOML" in facts["problems"][0]
    assert checks(site)["beats"]["next"].endswith("tasks.toml check")


def test_a_schedule_of_which_a_beat_can_make_no_job_is_broken(site: Home, beat: FileBeat) -> None:
    site.write("tasks.toml", TASKS.replace('run = "true"\nschedule', 'rnu = "true"\nschedule'))
    beat.pulse(broken={"tick": "task tick is broken: unknown key `rnu`"})
    code, facts = status(site)
    assert (code, facts["schedules_broken"]) == (1, 1)
    assert "1 schedule broken: tick (task tick is broken: unknown key `rnu`)" in facts["problems"]
    assert facts["next"] == "qctl check"
    assert "1 broken" in site.run("status").stdout
    assert checks(site)["schedules"]["verdict"] == "fail"
    listed = json.loads(site.run("schedule", "list", "-o", "json").stdout)["items"]
    tick = next(item for item in listed if item["name"] == "tick")
    assert (tick["standing"], tick["drift"]) == ("broken", None)
    assert "not declared here" not in site.run("schedule", "list").stdout


def test_one_that_was_never_right_is_left_out_with_a_word(site: Home, beat: FileBeat) -> None:
    site.write("tasks.toml", TASKS + '[tasks.new]\nrnu = "true"\nschedule = "@daily"\n')
    answer = site.run("schedule", "list")
    assert "without the schedules of new, which cannot be used: qctl check" in answer.stderr


def test_schedules_of_a_file_that_no_beat_goes_by_are_told(site: Home, store: Store, beat: FileBeat) -> None:
    site.write("other/tasks.toml", '[tasks.z]\nrun = "true"\nschedule = "@daily"\n')
    answer = site.run("--file", "other/tasks.toml", "status", "-o", "json")
    facts = json.loads(answer.stdout)
    said = f"1 schedule of this file is fired by no beat: those that run go by {site.work}/tasks.toml"
    assert (answer.code, facts["problems"]) == (1, [said])
    assert facts["next"] == "qctl beat"
    beat.pulse(host=socket.gethostname(), file=str(site.work / "other/tasks.toml"))
    assert site.run("--file", "other/tasks.toml", "status").code == 0, "it is taken up within seconds"


def test_beats_that_disagree_and_clocks_that_do_are_named(site: Home, store: Store, beat: FileBeat) -> None:
    site.write("older.toml", TASKS.replace("30 2", "15 2"))
    other = FileBeat(store, site.work / "older.toml", "b2").pulse(host="web1").publish(changed=False)
    found = checks(site)["drift"]
    assert (found["verdict"], "beat b2 on web1 stands down for 1 schedule (backup)" in found["found"]) == ("warn", True)

    other.pulse(host="web1", skew_ms=90_000)
    assert "b2 on web1 by 1m30s" in checks(site)["beat clocks"]["found"]
    other.pulse(host="web1", standing_down="its clock is ten years ahead")
    assert "beat b2 on web1 fires nothing: its clock is ten years ahead" in checks(site)["beat clocks"]["found"]
    assert "fires nothing" in " ".join(status(site)[1]["problems"])


def test_a_line_of_the_crontab_that_runs_the_same_is_told(site: Home) -> None:
    program = site.write("bin/crontab", "#!/bin/sh\ncat <<'E'\nMAILTO=x\n#0 1 * * * /bin/old\n$LINE\nE\n")
    program.chmod(0o755)
    path = f"{program.parent}:{site.environment()['PATH']}"

    def found(line: str) -> str:
        program.write_text(f"#!/bin/sh\ncat <<'E'\nMAILTO=x\n{line}\nE\n")
        return str(checks(site, PATH=path)["crontab"]["found"])

    assert "backup" in found("30 2 * * *  /usr/local/bin/backup.sh   --all")
    assert "backup" in found("@daily /usr/local/bin/backup.sh --all%stdin")
    assert "no line of yours" in found("# 30 2 * * * /usr/local/bin/backup.sh --all")
    assert "no line of yours" in found("30 2 * * * /usr/local/bin/backup.sh")
    assert checks(site, PATH=path)["crontab"]["verdict"] == "ok"


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_bare_qctl_with_schedules_fits_its_screen(site: Home, beat: FileBeat, at: int, columns: int) -> None:
    beat.move_cursor("tick", at)
    terminal = Terminal(site, columns=columns)
    assert terminal.end() == 0
    lines = plain(terminal.screen)
    assert [line for line in lines if len(line) > columns] == []
    assert len(lines) <= 24
    assert any(line.startswith("Schedules") for line in lines)


def test_a_thousand_schedules_are_judged_by_few_scripts(site: Home, store: Store, redis_client: redis.Redis) -> None:
    site.write(
        "tasks.toml", "".join(f'[tasks.t{n}]\nrun = "true"\nschedule = "{n % 60} 2 * * *"\n' for n in range(1000))
    )
    FileBeat(store, site.work / "tasks.toml").pulse().publish()
    before = asked(redis_client)
    code, facts = status(site)
    assert (code, facts["schedules"]) == (0, 1000)
    assert asked(redis_client) - before < 50


def asked(client: redis.Redis) -> int:
    """How many scripts the server has been asked to run."""
    found: Any = client.info("commandstats")
    return sum(int(found.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in ("eval", "evalsha"))


def pretend_it_waits(store: Store, job: str, ms: int) -> None:
    """Let a queued job have been submitted earlier than it was."""
    then = Reading(store).now_ms() - ms
    store.do(Command(("HSET", store.keys.job(job), "at", then), int))
