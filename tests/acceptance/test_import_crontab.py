"""`qctl import crontab`, with real files and a `crontab` on PATH that keeps its tables in a folder."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from tests.support import Home
from tests.support.crontabs import CRONTAB, etc, import_, spool, with_crontab
from tests.support.source import ROOT
from tests.support.terminal import Terminal, plain

MINE = """\
# the shop's
MAILTO=ops@example.net
*/5 * * * * /opt/poll.sh
0 3 * * * mail -s hi joe%Hello%World
"""


@pytest.fixture
def site(home: Home) -> Home:
    return with_crontab(home, MINE)


def test_the_callers_own_crontab_is_toml_on_stdout_and_a_report_on_stderr(site: Home) -> None:
    answer = import_(site)
    assert answer.code == 0
    assert "\n# */5 * * * * /opt/poll.sh\n[tasks.poll]\n" in answer.stdout
    assert "\nHello\nWorld\n" in answer.stdout  # I1
    assert answer.stderr.startswith("2 lines imported\n")
    assert "mails any output, as cron did" in answer.stderr  # I7
    assert f"next: qctl import crontab --write        writes {site.work}/tasks.toml\n" in answer.stderr
    assert list(site.work.iterdir()) == []
    assert spool(site).read_text() == MINE
    site.write("tasks.toml", answer.stdout)
    assert "2 of 2 tasks usable" in site.run("check").stdout
    assert site.run("run", "poll", "--local", "--dry-run").code == 0


def test_another_users_crontab_runs_as_that_user(site: Home) -> None:
    spool(site, "www-data").write_text("0 3 * * * x\n")
    assert 'user = "www-data"' in import_(site, "--user", "www-data").stdout


def test_a_file_and_stdin_are_read_as_crontabs_too(site: Home) -> None:
    file = site.write("old.txt", MINE)
    assert "[tasks.poll]" in import_(site, str(file)).stdout
    piped = site.run("import", "crontab", "-", input=MINE)
    assert "# --- stdin\n" in piped.stdout
    assert 'user = "root"' in site.run("import", "crontab", "-", "--system", input="0 1 * * * root x\n").stdout
    anacrontab = site.write("anacrontab", "1 5 cron.daily run-parts /etc/cron.daily\n")
    assert 'catchup = "one"' in import_(site, str(anacrontab)).stdout


@pytest.mark.parametrize("name", ["old.txt", "-"])
def test_a_file_of_the_systems_that_is_read_as_a_users_is_told_of_once_with_the_command_that_reads_it(
    site: Home, name: str
) -> None:
    text = (
        "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n0 5 * * *\troot\t/opt/a\n@daily daemon /opt/b\n"
    )
    site.write("old.txt", text)
    answer = site.run("import", "crontab", name, input=text)
    (said,) = [line for line in answer.stderr.splitlines() if "--system" in line]
    title = "stdin" if name == "-" else name
    told = "its lines begin with the name of a user (root, daemon), as those of the system's crontabs do"
    assert said == f"  {title}: {told}: qctl import crontab {name} --system"
    again = site.run(*said.rpartition(": qctl ")[2].split(), input=text)
    assert 'user = "daemon"' in again.stdout
    assert "begin with" not in again.stderr


def test_bad_lines_are_quoted_and_the_good_ones_imported(site: Home) -> None:
    """I20, I13."""
    spool(site).write_text("0 1 * * * good\n\t0 75 * * * bad\n0 2 * * * last")
    answer = import_(site)
    assert answer.code == 1
    assert "[tasks.good]" in answer.stdout
    assert "[tasks.last]" in answer.stdout
    assert ":2:4: bad hour: 75 is out of range 0-23\n" in answer.stderr
    assert "\n      2 |  0 75 * * * bad\n             ^^\n" in answer.stderr
    assert "does not end in a newline" in answer.stderr


def test_json_is_one_document(site: Home) -> None:
    spool(site).write_text(MINE + "75 * * * * bad\n0 0 31 2 * never\n")
    answer = import_(site, "-o", "json")
    document = json.loads(answer.stdout)
    assert (answer.code, document["schema"], document["file"]) == (1, "qctl.import/1", None)
    assert [(each["name"], each["line"], each["enabled"]) for each in document["tasks"]] == [
        ("poll", 3, True),
        ("mail", 4, True),
        ("never", 6, False),
    ]
    assert (document["bad"][0]["line"], document["bad"][0]["column"]) == (5, 1)
    assert "[tasks.poll]" in document["toml"]


def test_nothing_to_read_names_the_way_out(site: Home) -> None:
    spool(site).unlink()
    none = import_(site)
    assert (none.code, none.stdout) == (1, "")
    assert "there is no crontab of" in none.stderr
    assert "qctl import crontab --system" in none.stderr
    assert import_(site, "gone").code == 4
    assert "not allowed" in import_(site, REFUSES="-l").stderr
    assert import_(site, "--system", "--user", "me").code == 2
    assert "cron is not installed" in site.run("import", "crontab", env={"PATH": str(site.folder)}).stderr


def test_written_it_is_a_first_tasks_toml_or_one_that_is_included(site: Home) -> None:
    first = import_(site, "--write")
    assert (first.code, first.stdout) == (0, f"{site.work}/tasks.toml\n")
    same = import_(site, "--write")
    assert (same.code, same.stdout) == (0, first.stdout), "the same again changes nothing"
    assert same.stderr.startswith("2 lines there already, unchanged\n")
    (site.work / "tasks.toml").unlink()

    site.write("tasks.toml", '# mine\n[qctl]\nnamespace = "shop"  # kept\n\n[tasks.poll]\nrun = "true"\n')
    second = import_(site, "--write")
    (written,) = (site.work / "tasks.d").iterdir()
    assert second.stdout == f"{written}\n"
    text = (site.work / "tasks.toml").read_text()
    assert text.startswith('# mine\n[qctl]\nnamespace = "shop"  # kept\ninclude = ["tasks.d/crontab-*.toml"]\n')
    assert "[tasks.poll-2]" in written.read_text(), "no task that is there is taken over"
    assert site.run("task", "list", "-q").stdout.split() == ["mail", "poll", "poll-2"]
    assert os.listdir(site.work / "tasks.d") == [written.name], "nothing half-written stays"
    again = import_(site, "--write")
    assert (again.code, (site.work / "tasks.toml").read_text()) == (0, text)


def test_a_dry_run_writes_nothing_and_says_what_it_would(site: Home) -> None:
    site.write("tasks.toml", "")
    answer = import_(site, "--write", "--comment-out", "--dry-run")
    assert answer.code == 0
    assert "[tasks.poll]" in answer.stdout
    assert "without --dry-run this writes" in answer.stderr
    assert f"and includes it in {site.work}/tasks.toml" in answer.stderr
    assert os.listdir(site.work) == ["tasks.toml"]
    assert spool(site).read_text() == MINE


def test_a_file_that_was_changed_since_is_never_overwritten(site: Home) -> None:
    site.write("tasks.toml", "[tasks.own]\nrun = 'true'\n")
    (written,) = [Path(import_(site, "--write").stdout.strip())]
    written.write_text(written.read_text().replace("/opt/poll.sh -", "/srv/poll.sh") + "# mine\n")
    refused = import_(site, "--write")
    assert (refused.code, refused.stdout) == (5, "")
    assert f"{written} exists, and is not overwritten" in refused.stderr
    assert written.read_text().endswith("# mine\n")


def test_what_including_files_say_of_every_task_does_not_hold_for_what_cron_ran(site: Home) -> None:
    site.write("tasks.toml", '[defaults]\ntimeout = "1h"\nretries = 3\nqueue = "slow"\n')
    answer = import_(site, "--write")
    assert "holds for these tasks too: queue" in answer.stderr
    shown = json.loads(site.run("task", "show", "poll", "-o", "json").stdout)
    assert (shown["timeout_s"], shown["retries"]) == (None, 0)


def test_comment_out_prints_the_crontab_without_what_was_imported(site: Home) -> None:
    spool(site).write_text(MINE + "75 * * * * bad\n0 0 31 2 * never")
    answer = import_(site, "--comment-out")
    assert answer.stdout == (
        "# the shop's\nMAILTO=ops@example.net\n#qctl# */5 * * * * /opt/poll.sh\n"
        "#qctl# 0 3 * * * mail -s hi joe%Hello%World\n75 * * * * bad\n0 0 31 2 * never"
    )
    assert spool(site).read_text() == MINE + "75 * * * * bad\n0 0 31 2 * never"


def test_written_and_commented_out_it_runs_in_one_place(site: Home) -> None:
    asked = import_(site, "--write", "--comment-out")
    assert asked.code == 2, "nobody can be asked"
    assert "-y answers yes" in asked.stderr
    assert os.listdir(site.work) == []
    done = import_(site, "--write", "--comment-out", "-y")
    assert (done.code, done.stdout) == (0, f"{site.work}/tasks.toml\n")
    assert spool(site).read_text().count("#qctl# ") == 2
    assert "0 lines imported" in import_(site).stderr


def test_commented_out_later_what_was_edited_in_between_is_kept(site: Home) -> None:
    written = Path(import_(site, "--write").stdout.strip())
    edited = written.read_text().replace('overlap = "allow"', 'overlap = "skip"')
    written.write_text(edited)
    with spool(site).open("a") as file:
        file.write("0 5 * * * new\n")
    done = import_(site, "--write", "--comment-out", "-y")
    assert done.code == 0
    assert written.read_text() == edited
    assert "still cron's: line 5" in done.stderr
    assert spool(site).read_text().endswith("World\n0 5 * * * new\n")
    assert spool(site).read_text().count("#qctl# ") == 2


def test_a_crontab_that_cannot_be_written_is_said_to_run_twice(site: Home) -> None:
    program = site.folder / "bin" / "crontab"
    program.write_text(CRONTAB.replace("-) cat", "-) exit 7 #"))
    answer = import_(site, "--write", "--comment-out", "-y")
    assert answer.code == 77
    assert "cron still runs the lines of crontab of" in answer.stderr


def test_the_systems_crontabs_are_read_as_cron_reads_them(site: Home) -> None:
    """I10, I11, I12, I17."""
    etc(site, "passwd", "root:x:0:0::/root:/bin/sh\n")
    etc(site, "crontab", "SHELL=/bin/sh\n17 * * * * root cd / && run-parts --report /etc/cron.hourly\n")
    etc(site, "cron.d/shop", "0 4 * * * root /opt/shop.sh\n0 5 * * * ghost /opt/ghost.sh\n")
    etc(site, "cron.d/old.bak", "* * * * * root never\n")
    etc(site, "cron.d/shop~", "* * * * * root never\n")
    etc(site, "cron.d/open", "* * * * * root never\n", mode=0o666)
    (site.folder / "image/etc/cron.d/gone").symlink_to("/nowhere/at/all")
    (site.folder / "image/etc/cron.d/.keep").touch()
    (site.folder / "image/etc/cron.d/folder").mkdir()
    etc(site, "anacrontab", "START_HOURS_RANGE=3-22\n1 5 cron.daily run-parts /etc/cron.daily\n")
    answer = import_(site, "--system", "--root", str(site.folder / "image"), "-o", "json")
    document = json.loads(answer.stdout)
    assert [(each["name"], each["enabled"]) for each in document["tasks"]] == [
        ("cron-hourly", True),
        ("shop", True),
        ("ghost", False),
        ("cron-daily", True),
    ]
    assert document["tasks"][3]["schedule"]["blackout"] == ["22:00-03:00"]
    skipped = {Path(each["file"]).name: each["reason"] for each in document["skipped"]}
    assert skipped.keys() == {"old.bak", "shop~", "open", "gone", "folder"}
    assert all(reason.startswith("was never active") for reason in skipped.values())
    assert "others may write to it (mode 666)" in skipped["open"]
    assert any("systemctl disable --now anacron" in note for note in document["notes"])
    assert answer.code == 0


def test_the_systems_files_are_rewritten_whole_with_a_backup(site: Home) -> None:
    etc(site, "passwd", "root:x:0:0::/root:/bin/sh\n")
    text = "MAILTO=root\n17 * * * * root hourly\n0 5 * * * ghost x\n"
    file = etc(site, "cron.d/shop", text, mode=0o640)
    answer = import_(site, "--system", "--root", str(site.folder / "image"), "--write", "--comment-out", "-y")
    assert answer.code == 0
    assert file.read_text() == "MAILTO=root\n#qctl# 17 * * * * root hourly\n0 5 * * * ghost x\n"
    assert file.stat().st_mode & 0o777 == 0o640
    kept = file.with_name(".shop.before-qctl")
    assert kept.read_text() == text
    assert f"as it was before: {kept}" in answer.stderr


def test_a_copy_of_a_crontab_is_not_taken_for_what_cron_reads(site: Home) -> None:
    file = site.write("old.txt", MINE)
    answer = import_(site, str(file), "--write", "--comment-out", "-y")
    assert (answer.code, answer.stdout) == (2, "")
    assert "is no crontab that cron reads" in answer.stderr
    assert f"qctl import crontab {file} --comment-out\n" in answer.stderr
    assert os.listdir(site.work) == ["old.txt"]


def test_on_a_shared_redis_a_task_stays_on_this_host_and_in_its_zone(site: Home) -> None:
    site.write("tasks.toml", '[qctl]\nredis = "redis://db.example.net"\n')
    answer = import_(site)
    assert f'host = "{socket.gethostname()}"' in answer.stdout
    assert "timezone = " in answer.stdout


def test_a_whole_server_is_imported_checked_and_listed(site: Home) -> None:
    spool(site).write_text((ROOT / "tests/data/crontab.user").read_text())
    answer = import_(site, "--write")
    assert answer.code == 1
    assert "3 cannot be read" in answer.stderr
    checked = json.loads(site.run("check", "-o", "json").stdout)
    assert [each for each in checked["problems"] if each["severity"] == "error"] == []


def test_the_report_fits_on_a_terminal(site: Home) -> None:
    file = site.write(
        "old.txt", "0 3 * * * flock -n /run/lock/feed timeout 5m /opt/feed.sh >> /var/log/feed.log 2>&1\n"
    )
    terminal = Terminal(site, "import", "crontab", str(file), "--write", "--dry-run")
    assert terminal.end() == 0
    lines = plain(terminal.screen)
    report = lines[lines.index("1 line imported") :]
    assert len(report) > 4
    assert max(map(len, report)) <= 80
