"""`--modernise` where lines depend on each other, and what is said of lines that do not do what they seem to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config.crontab import Draft, share_locks
from qctl.model.crontab import recognised
from tests.unit.crontab.test_drafting import DEBIANS, drafted, loaded, only

MODERN = replace(DEBIANS, modernise=True)


def modern(text: str, host: str | None = None) -> Draft:
    about = replace(MODERN, host=host)
    draft = drafted(text, about)
    share_locks(draft, about)
    return draft


def test_lines_that_lock_one_file_share_a_lock_and_those_alone_need_none(tmp_path: Path) -> None:
    draft = modern(
        "* * * * * flock -n /run/sync.lock /opt/pull\n1 * * * * flock /run/sync.lock /opt/push\n"
        "2 * * * * flock -n /srv/sync.lock /opt/other\n3 * * * * flock -n /srv/sync.lock /opt/another\n"
        "4 * * * * flock -n /run/own /opt/own"
    )
    found = loaded(draft, tmp_path).tasks
    locks = {name: task.lock for name, task in found.items()}
    shared = {"pull": "flock-sync", "push": "flock-sync", "other": "flock-sync-2", "another": "flock-sync-2"}
    assert locks == {**shared, "own": None}
    notes = [task.notes[-1] for task in draft.tasks]
    assert 'share `lock = "flock-sync"`, and one that finds it taken waits where cron\'s was skipped' in notes[0]
    assert notes[1].endswith('share `lock = "flock-sync"`')


def test_hosts_that_share_a_redis_do_not_share_such_a_lock(tmp_path: Path) -> None:
    draft = modern("* * * * * flock /l /opt/a\n1 * * * * flock /l /opt/b", host="web1.example.net")
    assert {task.lock for task in loaded(draft, tmp_path).tasks.values()} == {"flock-l-web1-example-net"}


def test_a_line_that_goes_on_locking_the_file_is_named() -> None:
    draft = modern("* * * * * flock -n /run/x.lock /opt/a\n1 * * * * flock -w 9 /run/x.lock /opt/b")
    assert draft.tasks[0].notes[-1] == "b still locks /run/x.lock, and may now run beside it"
    assert "lock" not in draft.tasks[0].keys


@pytest.mark.parametrize(
    ("line", "kept", "why"),
    [
        ("*/5 * * * * sleep $((RANDOM \\% 600)); /opt/a", None, "as `jitter` it would reach the next run"),
        ("*/5 * * * * sleep $((RANDOM \\% 300)); /opt/a", None, "as `jitter` it would reach the next run"),
        ("@reboot sleep $((RANDOM \\% 60)); /opt/a", None, "`jitter` says nothing of a start of the machine"),
        ("RANDOM_DELAY=5\n@daily sleep $((RANDOM \\% 60)); /opt/a", None, "RANDOM_DELAY is the `jitter` already"),
        ("@daily timeout 5m timeout 10m /opt/a", "timeout 10m /opt/a", "there is one key for two of them"),
        ("@daily flock -n /l flock -n /m /opt/a", "flock -n /m /opt/a", "there is one key for two of them"),
    ],
)
def test_a_wrapper_whose_key_would_not_hold_stays_and_its_task_is_usable(
    line: str, kept: str | None, why: str, tmp_path: Path
) -> None:
    draft = modern(line)
    assert draft.tasks[0].keys["run"] == (kept or drafted(line).tasks[0].keys["run"])
    assert draft.tasks[0].notes[-1].endswith(f" stays: {why}")
    loaded(draft, tmp_path)


def test_a_line_that_never_ran_stays_as_it_is(tmp_path: Path) -> None:
    draft = modern("0 0 31 4 * flock -n /l timeout 5m /opt/a")
    assert draft.tasks[0].keys["run"] == "flock -n /l timeout 5m /opt/a"
    assert not loaded(draft, tmp_path).tasks["a"].enabled


@pytest.mark.parametrize("file", ["/dev/null", "logs/a.log", "~/a.log"])
def test_a_log_that_another_folder_or_home_would_move_stays(file: str) -> None:
    found = modern(f"0 3 * * * /opt/a >> {file} 2>&1").tasks[0]
    assert found.keys["run"] == f"/opt/a >> {file} 2>&1"
    assert "output" not in found.keys


def test_a_sixth_field_is_told_of() -> None:
    assert only("1 2 3 4 5 6 /opt/a").notes[0].startswith("it runs a program `6`: cron has five fields")
    assert only("1 2 3 4 5 7za a /b").notes == ()


def test_another_file_whose_name_ends_alike_is_not_taken_for_the_locked_one() -> None:
    draft = modern("* * * * * flock -n /l /opt/a\n1 * * * * flock -w 9 /var/l /opt/b")
    assert len(draft.tasks[0].notes) == 1


@pytest.mark.parametrize("option", ["-w 10", "-w10", "--wait 10", "--timeout=10", "-s", "-n -E 7", "-nw 10"])
def test_a_flock_with_an_option_that_has_no_key_stays_and_says_so(option: str, tmp_path: Path) -> None:
    command = f"/usr/bin/flock {option} /tmp/w.lock -c '/bin/echo a b'"
    found = modern(f"* * * * * {command}")
    assert found.tasks[0].keys["run"] == command
    assert found.tasks[0].keys["schedule"]["overlap"] == "allow"
    (note,) = found.tasks[0].notes
    assert note.startswith("`flock` stays: no key does what its `-")
    assert loaded(found, tmp_path).tasks["echo"].timeout is None


def test_what_went_into_a_file_is_mailed_to_nobody_as_before() -> None:
    text = "MAILTO=ops\n0 3 * * * /opt/a >> /var/log/a.log 2>&1"
    draft = modern(text)
    assert "notify" not in draft.tasks[0].keys
    assert draft.notify == {}
    assert drafted(text).tasks[0].keys["notify"] == ["mail-ops"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tar czf /b/$(date +%F).tgz /srv", "`\\%` was meant"),
        ("tar czf /b/`date +%F`.tgz /srv", "`\\%` was meant"),
        ("echo 'it is %d'", "`\\%` was meant"),
        ("mail -s 'disks ( 1' joe%Hello", "as a here-document"),
        ('mail -s "it\'s" joe%Hello', "as a here-document"),
    ],
)
def test_a_line_that_does_not_do_what_it_seems_to_is_told_of(line: str, said: str) -> None:
    (note,) = only(f"0 3 * * * {line}").notes
    assert note.endswith(said)


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("sleep 60; /opt/agent &", "&"),
        ("/opt/a& /opt/b", "&"),
        ("nohup /opt/a >/dev/null 2>&1 &", "&"),
        ("/usr/bin/setsid /opt/a", "setsid"),
        ("screen -dmS a /opt/a", "screen -d"),
        ("tmux new -d /opt/a", "tmux new -d"),
    ],
)
def test_what_cron_left_running_lives_on(command: str, what: str, tmp_path: Path) -> None:
    """P15: what a job leaves behind is ended with it, unless a key says otherwise."""
    found = only(f"0 3 * * * {command}")
    assert f"`{what}` leaves a process behind: it lives on, as with cron, until its worker ends" in found.notes
    task = next(iter(loaded(drafted(f"0 3 * * * {command}"), tmp_path).tasks.values()))
    assert (task.enabled, task.leave_children) == (True, True)


def test_a_daemon_that_cron_started_at_boot_is_not_enabled_and_stays_crons(tmp_path: Path) -> None:
    found = only("@reboot /opt/agent &")
    assert found.reason.startswith("a daemon would end with its worker")
    assert not next(iter(loaded(drafted("@reboot /opt/agent &"), tmp_path).tasks.values())).enabled


@pytest.mark.parametrize(
    "command",
    [
        "/opt/a && /opt/b || /opt/c",
        "/opt/a >/dev/null 2>&1",
        "/opt/a &> /x",
        "/opt/a |& /opt/b",
        "/opt/a 'x & y' \\& \"&\"",
        "/opt/a & /opt/b & wait",
        "/opt/my-screen -d",
        "nohup /opt/a",
    ],
)
def test_what_leaves_nothing_running_is_enabled(command: str) -> None:
    assert only(f"@daily {command}").reason == ""


def test_a_line_that_runs_at_the_start_of_the_machine_is_told_what_becomes_of_daemons() -> None:
    assert "belongs in a unit of systemd's" in only("@reboot /opt/agent").notes[-1]


def test_a_line_that_never_ran_says_so_once() -> None:
    never = only("0 0 31 2 * x")
    assert never.reason == "cron accepted this and never ran it: no such day ever comes"
    assert never.notes == ()


@pytest.mark.parametrize("limit", ["99999999d", "٣", "0", "9" * 400])
def test_a_limit_that_is_none_of_qctls_stays_in_the_command(limit: str, tmp_path: Path) -> None:
    draft = modern(f"@daily timeout {limit} /opt/a")
    assert draft.tasks[0].keys["run"] == f"timeout {limit} /opt/a"
    assert loaded(draft, tmp_path).tasks[draft.tasks[0].name].timeout is None


def test_no_wrapper_is_looked_for_in_a_line_that_cron_cut() -> None:
    """Of 998 characters, which cron reads: what it has behind them may undo what stands before."""
    assert recognised("timeout 5m /opt/a " + "x" * 900)
    assert recognised("timeout 5m /opt/a " + "x" * 1000) == ()
