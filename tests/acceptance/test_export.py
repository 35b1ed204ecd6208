"""`qctl export`: schedules as crontab lines and as systemd timers, and what neither can say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import Home

TASKS = r"""
[tasks.stamp]
run = "date +%F >> /tmp/stamp"
schedule = { cron = "*/5 9-17 * * mon-fri", overlap = "allow", catchup = "none" }

[tasks.letter]
run = '''
exec <<'QCTL_STDIN'
Hello
100% "sure" \n
QCTL_STDIN
mail joe'''
env = { A = "x", B = "a 'b'" }
schedule = { cron = "0 0 13 * 5", overlap = "allow", catchup = "none", timezone = "Asia/Tokyo", jitter = "30m" }

[tasks.words]
exec = ["/bin/echo", "a b", "$HOME"]
schedule = { cron = "@reboot", overlap = "allow" }
user = "nobody"
timeout = "5m"

[tasks.strict]
run = "true"
schedule = "30 2 * * *"

[tasks.off]
run = "true"
schedule = { cron = "@hourly", enabled = false, overlap = "allow", catchup = "none" }

[tasks.python]
call = "shutil:disk_usage"
schedule = "@daily"

[tasks.often]
run = "true"
schedule = "every 90m"

[tasks.last]
run = "true"
schedule = "0 3 L * *"

[tasks.script]
run = "true\nfalse\n"
schedule = "@weekly"

[tasks.asked]
run = 'echo "$name"'
params.name = { default = "x" }
schedule = "@weekly"

[tasks.silent]
run = "true"
"""


@pytest.fixture
def site(home: Home) -> Home:
    home.write("tasks.toml", TASKS)
    return home


def exported(site: Home, *words: str) -> dict[str, dict[str, object]]:
    """By name, what programs read of each schedule."""
    items = json.loads(site.run("export", *words, "-o", "json").stdout)["items"]
    return {each["schedule"]: each for each in items}


def test_what_cron_can_say_is_a_line_and_the_rest_a_comment_with_its_reason(site: Home) -> None:
    answer = site.run("export", "crontab")
    assert answer.code == 0
    lines = answer.stdout.splitlines()
    assert "*/5 9-17 * * mon-fri date +\\%F >> /tmp/stamp" in lines
    assert '0 0 13 * 5 mail joe%Hello%100\\% "sure" \\n' in lines
    assert "# @reboot /bin/echo 'a b' '$HOME'" in lines
    assert "# @hourly true" in lines
    assert "30 2 * * * true" in lines
    found = exported(site, "crontab")
    reasons = {name: str(each["reason"]) for name, each in found.items() if each["line"] is None}
    assert reasons.keys() == {"python", "often", "last", "script", "asked", "words"}
    assert reasons["words"].startswith("it runs as nobody, and this is a crontab of ")
    assert "`qctl run python` can be" in reasons["python"]
    assert "nothing that five fields can say" in reasons["often"]
    assert "more than one line" in reasons["script"]
    assert "its parameters are qctl's" in reasons["asked"]
    assert any("overlap = skip" in str(lost) for lost in found["strict"]["lost"])  # type: ignore[attr-defined]
    assert answer.stderr.startswith("4 of 10 schedules exported")
    assert "  script is not: " in answer.stderr


ELSEWHERE = """
[tasks.shut]
run = "true"
schedule = { cron = "@hourly", blackout = ["00:00-24:00"] }

[tasks.other]
run = "true"
schedule = "@daily"
user = "nobody"
env = { ONLY = "nobody's" }

[tasks.far]
run = "true"
schedule = "@weekly"
host = "ghost"

[tasks.seconds]
run = "true"
schedule = "0 30 2 * * *"

[tasks.half]
run = "true"
schedule = "30 30 2 * * *"

[tasks.folder]
run = "pwd; echo 1%"
cwd = "/tmp/a b%"
output.file = "/tmp/a.log"
schedule = "@monthly"
"""


def test_no_line_is_active_that_cron_would_run_as_another_user_or_at_another_time(site: Home) -> None:
    site.write("tasks.toml", ELSEWHERE)
    answer = site.run("export", "crontab")
    active = [line for line in answer.stdout.splitlines() if line and not line.startswith(("#", "PATH="))]
    assert active == ["30 2 * * * true", "@monthly cd '/tmp/a b\\%' || exit 1; pwd; echo 1\\%"]
    assert "\n# ONLY=nobody's\n# @daily true\n" in answer.stdout
    assert "#   cron cannot: it would run in its blackout, too: 00:00-24:00\n# PATH=" in answer.stdout
    assert "#   not said here: output.file\n" in answer.stdout
    assert "  far is not: it runs on ghost, and this is " in answer.stderr
    assert [name for name, each in exported(site, "crontab").items() if each["line"]] == ["seconds", "folder"]


def test_a_mail_to_mailto_which_cron_sends_by_itself_is_not_lost(site: Home) -> None:
    tells = '[notify.ops]\ncommand = ["mail", "ops@example.com"]\non = ["output"]\n'
    task = '[tasks.a]\nrun = "true"\nenv = { MAILTO = "ops@example.com" }\nnotify = ["ops"]\n'
    site.write("tasks.toml", tells + task + 'schedule = { cron = "@daily", overlap = "allow", catchup = "none" }\n')
    assert exported(site, "crontab")["a"]["lost"] == []


def test_what_is_not_exported_is_named_with_its_reason_where_only_files_are_written(site: Home) -> None:
    answer = site.run("export", "systemd", "--to", "units")
    assert answer.stderr.startswith("7 of 10 schedules exported")
    for name, reason in (("python", "is called by qctl"), ("last", "OnCalendar"), ("asked", "parameters")):
        (line,) = [each for each in answer.stderr.splitlines() if each.startswith(f"  {name} is not: ")]
        assert reason in line
    site.write("tasks.toml", ELSEWHERE)
    assert "  shut is not: it would run in its blackout, too" in site.run("export", "systemd", "--to", "units").stderr


def test_a_variable_that_cron_acts_on_is_said_for_every_line_once_it_is_for_one(site: Home) -> None:
    text = site.run("export", "crontab").stdout
    assert text.index("CRON_TZ=UTC\n") < text.index("\n*/5 9-17") < text.index("CRON_TZ=Asia/Tokyo\n")
    assert "RANDOM_DELAY=0\n" in text
    assert "B=a 'b'\n" in text


def test_imported_again_it_is_the_same_schedule(site: Home) -> None:
    text = site.run("export", "crontab", "stamp", "letter").stdout
    site.write("again/tasks.toml", site.run("import", "crontab", "-", input=text).stdout)
    again = {**exported(site, "-C", "again", "crontab")}
    first = exported(site, "crontab", "stamp", "letter")
    assert [each["line"] for each in again.values()] == [each["line"] for each in first.values()]
    shown = site.run("-C", "again", "task", "show", "mail", "-o", "json").stdout
    assert "exec <<'QCTL_STDIN'\\nHello\\n100% \\\"sure\\\" \\\\n\\nQCTL_STDIN\\nmail joe" in shown
    assert '"Asia/Tokyo"' in shown


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze")
def test_systemd_reads_the_timers_and_their_services(site: Home) -> None:
    folder = site.work / "units"
    answer = site.run("export", "systemd", "--to", "units")
    assert answer.code == 0
    written = answer.stdout.split()
    assert len(written) == 14
    assert "systemctl daemon-reload && systemctl enable --now qctl-stamp.timer" in answer.stderr
    checked = subprocess.run(["systemd-analyze", "verify", *written], capture_output=True, text=True, check=False)
    about_ours = [line for line in checked.stderr.splitlines() if "/units/" in line and "nobody" not in line]
    assert about_ours == []
    timer = (folder / "qctl-letter.timer").read_text()
    assert "OnCalendar=Fri *-*-* 00:00:00 Asia/Tokyo\nOnCalendar=*-*-13 00:00:00 Asia/Tokyo\n" in timer  # E1
    assert "RandomizedDelaySec=1800s\n" in timer
    assert "Persistent" not in timer
    assert "Persistent=true\n" in (folder / "qctl-strict.timer").read_text()
    for line in timer.splitlines():
        if line.startswith("OnCalendar="):
            subprocess.run(["systemd-analyze", "calendar", line.partition("=")[2]], capture_output=True, check=True)
    again = site.run("export", "systemd", "--to", "units")
    assert again.code == 0
    (folder / "qctl-stamp.timer").write_text("mine")
    refused = site.run("export", "systemd", "--to", "units")
    assert (refused.code, (folder / "qctl-stamp.timer").read_text()) == (5, "mine")


def test_a_service_says_its_command_as_one_word(site: Home) -> None:
    found = exported(site, "systemd")
    assert 'ExecStart=/bin/sh -c "date +%%F >> /tmp/stamp"\n' in str(found["stamp"]["service"])
    words = str(found["words"]["service"])
    assert "ExecStart=/bin/sh -c \"/bin/echo 'a b' '$$HOME'\"\n" in words
    assert "User=nobody\n" in words
    assert "TimeoutStartSec=300s\n" in words
    assert "OnBootSec=0\n" in str(found["words"]["timer"])
    assert "WantedBy" not in str(found["off"]["timer"])
    assert found["last"]["reason"] == "0 3 L * * is nothing that OnCalendar can say"
    assert "OnUnitActiveSec=5400s\n" in str(found["often"]["timer"])


def test_a_dry_run_writes_no_unit(site: Home) -> None:
    answer = site.run("export", "systemd", "--to", "units", "--dry-run")
    assert answer.code == 0
    assert not Path(site.work, "units").exists()


def test_a_task_without_a_schedule_is_named(site: Home) -> None:
    answer = site.run("export", "crontab", "silent")
    assert (answer.code, answer.stdout) == (4, "")
    assert "task `silent` has no schedule" in answer.stderr
    assert site.run("export", "crontab", "stmap").code == 4
    site.write("tasks.toml", "")
    assert "there is no schedule" in site.run("export", "crontab").stderr


@pytest.mark.parametrize("words", [("crontab",), ("crontab", "-o", "json"), ("systemd",)])
def test_a_named_task_that_cannot_be_exported_is_a_failure(site: Home, words: tuple[str, ...]) -> None:
    """A script that hands the lines on has to learn that one of them is missing."""
    assert site.run("export", *words, "python").code == 1
    assert site.run("export", *words, "stamp").code == 0
    assert site.run("export", *words).code == 0


def test_a_command_that_is_no_line_says_which_key_helps(site: Home) -> None:
    site.write(
        "tasks.toml",
        '[defaults]\nschedule = "@weekly"\n[tasks.script]\nrun = "true\\nfalse"\n'
        '[tasks.words]\nexec = ["echo", "a\\nb"]\n[tasks.star]\nrun = "* x"\n',
    )
    reasons = {name: each["reason"] for name, each in exported(site, "crontab").items()}
    said = "has more than one line: write it into a script, and let `exec` be its path"
    assert reasons["script"] == f"`run` {said}"
    assert reasons["words"] == f"`exec` {said}"
    assert str(reasons["star"]).endswith("`run` has to begin with the program")
