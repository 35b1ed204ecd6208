"""From a crontab to a tasks.toml that loads: keys, users, mail, zones, wrappers, names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qctl.config import Config, load
from qctl.config.crontab import Circumstances, Draft, Imported, Origin, draft_anacrontab, draft_table, render, task_name
from qctl.config.report import check
from qctl.model.crontab import CRONIE, DEBIAN, read_anacrontab, read_table
from qctl.model.task import Task

DEBIANS = Circumstances(daemon=DEBIAN)


def drafted(text: str, about: Circumstances = DEBIANS, *, users: bool = False, user: str | None = None) -> Draft:
    draft = Draft()
    table = read_table(f"{text}\n", about.daemon, users=users)
    draft_table(draft, table, Origin(label="crontab", owner="shop", user=user), about)
    return draft


def only(text: str, about: Circumstances = DEBIANS, *, users: bool = False) -> Imported:
    (task,) = drafted(text, about, users=users).tasks
    return task


def loaded(draft: Draft, folder: Path) -> Config:
    """The configuration that it makes: `qctl check` has no error to tell of it."""
    path = folder / "tasks.toml"
    path.write_text(render(draft, "a crontab", "qctl import crontab"))
    report = check(str(path), {}, str(folder))
    assert report.errors == 0, report.problems
    return load(str(path))


def task(text: str, folder: Path, about: Circumstances = DEBIANS) -> Task:
    (found,) = loaded(drafted(text, about), folder).tasks.values()
    return found


def schedule(imported: Imported) -> dict[str, Any]:
    return dict(imported.keys["schedule"])


def test_a_line_becomes_a_task_that_does_what_cron_did(tmp_path: Path) -> None:
    found = task("0 3 * * * /opt/backup.sh -v", tmp_path)
    assert (found.name, found.run, found.redeliver, found.enabled) == ("backup", "/opt/backup.sh -v", False, True)
    assert (dict(found.env), found.cwd, found.user, found.shell) == ({"PATH": "/usr/bin:/bin"}, None, None, "/bin/sh")
    assert [dict(each) for each in found.schedules] == [{"cron": "0 3 * * *", "overlap": "allow", "catchup": "none"}]


@pytest.mark.parametrize(
    "command",
    [
        "printf '%s' \"$x\" `y` \\\\ # é",
        "echo 'a' \"b\" '''c'''",
        "echo\ttab\x0bvertical\x7f",
        "true\r",
        'mail x\\%y%line \'one\'%%"""three""" \'\'\'%\\\\',
        "cat%it ends in a quote'",
    ],
)
def test_every_letter_of_a_command_arrives(command: str, tmp_path: Path) -> None:
    draft = drafted(f"0 3 * * * {command}")
    (found,) = loaded(draft, tmp_path).tasks.values()
    assert found.run == draft.tasks[0].keys["run"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), min_size=1, max_size=40))
def test_whatever_a_command_is_its_toml_loads(tmp_path_factory: pytest.TempPathFactory, command: str) -> None:
    draft = drafted(f"0 3 * * * x{command}")
    path = tmp_path_factory.mktemp("any") / "tasks.toml"
    path.write_text(render(draft, "a crontab", "qctl import crontab"))
    (found,) = load(str(path)).tasks.values()
    assert found.run == draft.tasks[0].keys["run"]


WORDS = r"""* */90 5 31 2 22-2 sat-sun @reboot @daily root CRON_TZ= RANDOM_DELAY= SHELL= HOME= PATH=/a:$b MAILTO= ../x
/bin/csh 30 UTC -n -x % ' " a%b \% é run-parts flock timeout"""
LINES = ("* * * * * ", "0 3 * * * flock -n /l timeout 5m sleep $((RANDOM % 9)); ", " ", " ", "\n", "\t", "\x1b", "\0")
words = st.sampled_from([*WORDS.split(), *LINES])


@settings(max_examples=50, deadline=None)
@given(st.lists(words, max_size=40).map("".join), st.booleans(), st.booleans())
def test_whatever_a_crontab_is_its_toml_has_no_errors(
    tmp_path_factory: pytest.TempPathFactory, text: str, users: bool, modernise: bool
) -> None:
    draft = drafted(text, replace(DEBIANS, modernise=modernise), users=users)
    loaded(draft, tmp_path_factory.mktemp("any"))


def test_variables_become_the_environment_the_shell_and_the_folder(tmp_path: Path) -> None:
    """I5, I6, P5."""
    text = "PATH=/a:$HOME/b\nSHELL=/bin/bash\nHOME=/srv\nLOGNAME=eve\nA-B=1\nFOO=' x '\n* * * * * true"
    found = task(text, tmp_path)
    assert dict(found.env) == {"PATH": "/a:$HOME/b", "SHELL": "/bin/bash", "HOME": "/srv", "FOO": " x "}
    assert (found.shell, found.cwd) == ("/bin/bash", "/srv")
    notes = " ".join(only(text).notes)
    assert "no `$` is replaced" in notes
    assert "LOGNAME is left out" in notes
    assert "`A-B` is left out" in notes
    assert only("SHELL=bash\n* * * * * x").reason == "SHELL=bash is no whole path"
    assert "does not know" in only("SHELL=/bin/csh\n* * * * * x%y").reason


@pytest.mark.parametrize(
    ("mailto", "addresses", "name"),
    [
        ("MAILTO=ops@example.net", ["ops@example.net"], "mail-ops"),
        ('MAILTO="a@x, b@y"', ["a@x", "b@y"], "mail-a-b"),
        ("", ["shop"], "mail-shop"),
    ],
)
def test_mailto_becomes_a_notification_of_any_output(
    mailto: str, addresses: list[str], name: str, tmp_path: Path
) -> None:
    """I7."""
    config = loaded(drafted(f"{mailto}\n0 3 * * * x"), tmp_path)
    (found,) = config.tasks.values()
    assert found.notify == (name,)
    assert config.notify[name]["command"][-len(addresses) :] == tuple(addresses)
    assert config.notify[name]["on"] == ("output",)


def test_nobody_is_told_where_mailto_is_empty_and_of_failures_alone_with_cronies_flag(tmp_path: Path) -> None:
    """I7, I15."""
    config = loaded(drafted('0 1 * * * a\n0 2 * * * -n b\nMAILTO=""\n0 3 * * * c'), tmp_path)
    assert [each.notify for each in config.tasks.values()] == [("mail-shop",), ("mail-shop-failures",), ()]
    assert config.notify["mail-shop-failures"]["on"] == ("fail",)


def test_a_zone_and_a_random_delay_hold_and_debians_cron_is_said_to_have_ignored_them(tmp_path: Path) -> None:
    """I8, I9."""
    text = "CRON_TZ=Asia/Tokyo\nRANDOM_DELAY=30\n0 3 * * * x"
    found = only(text)
    assert schedule(found)["timezone"] == "Asia/Tokyo"
    assert schedule(found)["jitter"] == "30m"
    assert len([note for note in found.notes if "passed over it" in note]) == 2
    assert only(text, replace(DEBIANS, daemon=CRONIE)).notes == ()
    loaded(drafted(text), tmp_path)
    assert "Europe/Berln" in only("CRON_TZ=Europe/Berln\n0 3 * * * x").reason


def test_a_delay_that_would_reach_the_next_run_is_left_out(tmp_path: Path) -> None:
    """O15."""
    text = "RANDOM_DELAY=30\n*/5 * * * * x"
    assert "jitter" not in schedule(only(text))
    assert "would reach the next run" in " ".join(only(text).notes)
    loaded(drafted(text), tmp_path)


def test_lines_of_the_system_run_as_their_user_and_unknown_ones_not_at_all(tmp_path: Path) -> None:
    """I10."""
    about = replace(DEBIANS, is_user=lambda name: name == "root")
    known, unknown = drafted("0 1 * * * root a\n0 2 * * * ghost b", about, users=True).tasks
    assert (known.keys["user"], known.reason) == ("root", "")
    assert (unknown.keys["enabled"], unknown.reason) == (False, "there is no user `ghost` on this machine")


def test_a_shared_redis_ties_the_tasks_to_this_host_and_another_zone_is_said(tmp_path: Path) -> None:
    about = replace(DEBIANS, host="web1", timezone="Europe/Berlin")
    found = task("0 3 * * * x", tmp_path, about)
    assert found.hosts == ("web1",)
    assert found.schedules[0]["timezone"] == "Europe/Berlin"


def test_lines_that_never_ran_are_off_or_mapped_with_a_word(tmp_path: Path) -> None:
    """E11, E13, E16."""
    mapped, never = drafted("0 3 * * sat-sun a\n0 0 31 2 * b").tasks
    assert (schedule(mapped)["cron"], mapped.reason) == ("0 3 * * sat,sun", "")
    assert "never ran this line" in mapped.notes[0]
    assert (never.keys["enabled"], "schedule" in never.keys) == (False, False)
    config = loaded(drafted("0 3 * * sat-sun a\n0 0 31 2 * b"), tmp_path)
    assert [each.enabled for each in config.tasks.values()] == [True, False]


def test_run_parts_and_anacron_become_tasks_with_hours_and_a_catch_up(tmp_path: Path) -> None:
    """I17."""
    draft = drafted(
        "25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n"
        "30 7-23 * * * root [ -x /etc/init.d/anacron ] && /usr/sbin/invoke-rc.d anacron start >/dev/null",
        replace(DEBIANS, anacron=True),
        users=True,
    )
    assert [each.name for each in draft.tasks] == ["cron-daily", "anacron"]
    assert draft.tasks[1].replaced
    text = "RANDOM_DELAY=45\nSTART_HOURS_RANGE=3-22\n1 5 cron.daily run-parts --report /etc/cron.daily 100%\n"
    origin = Origin(label="anacrontab", owner="root", user="root")
    draft_anacrontab(draft, *read_anacrontab(text), origin, DEBIANS)
    found = loaded(draft, tmp_path).tasks["cron-daily-2"]
    assert found.run == "run-parts --report /etc/cron.daily 100%"
    assert dict(found.schedules[0]) == {
        "cron": "5 3 * * *",
        "overlap": "skip",
        "catchup": "one",
        "jitter": "45m",
        "blackout": ["22:00-03:00"],
    }


@pytest.mark.parametrize(
    ("command", "kept", "keys"),
    [
        ("flock -n /run/lock/x /opt/a", "/opt/a", {"schedule.overlap": "skip"}),
        ("/usr/bin/flock /run/lock/x -c '/opt/a b'", "/opt/a b", {"schedule.overlap": "queue"}),
        ("timeout 5m /opt/a", "/opt/a", {"timeout": "5m"}),
        ("timeout 90 /opt/a", "/opt/a", {"timeout": "90s"}),
        ("sleep $((RANDOM \\% 60)); /opt/a", "/opt/a", {"schedule.jitter": "60s"}),
        ("/opt/a >> /var/log/a.log 2>&1", "/opt/a", {"output.file": "/var/log/a.log"}),
        (
            "flock -n /l timeout 1h /opt/a >> /a.log 2>&1",
            "/opt/a",
            {"schedule.overlap": "skip", "timeout": "1h", "output.file": "/a.log"},
        ),
        ("flock -n /l /opt/a && /opt/b", None, {}),
        ("timeout -k 5 10 /opt/a", None, {}),
        ("/opt/a | tee x >> /a.log 2>&1", None, {}),
        ("/opt/a && curl -fsS https://hc-ping.com/x", None, {}),
    ],
)
def test_wrappers_stay_unless_they_are_to_become_keys(
    command: str, kept: str | None, keys: dict[str, str], tmp_path: Path
) -> None:
    """I19."""
    plain = only(f"0 3 * * * {command}")
    assert plain.keys["run"] == command.replace("\\%", "%")
    assert schedule(plain)["overlap"] == "allow"
    modern = only(f"0 3 * * * {command}", replace(DEBIANS, modernise=True))
    assert modern.keys["run"] == (kept or command)
    for name, value in keys.items():
        table, _, key = name.rpartition(".")
        assert (modern.keys[table][key] if table else modern.keys[key]) == value
    assert bool(modern.notes) is bool(keys or "curl" in command)
    loaded(drafted(f"0 3 * * * {command}", replace(DEBIANS, modernise=True)), tmp_path)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/opt/backup.sh -v", "backup"),
        ("cd /srv && nice -n 10 /opt/Report_Daily.py >> x 2>&1", "report_daily"),
        ("/usr/bin/python3 -u /opt/x/sync.py --all", "sync"),
        ("python3 -m shop.cron.feed", "feed"),
        ("php -f /var/www/cron.php", "cron"),
        ("A=1 B=2 /opt/with-env", "with-env"),
        ("test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }", "cron-weekly"),
        ("[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean", "sessionclean"),
        ("sudo -u www-data bash /opt/deploy.sh", "deploy"),
        ("sleep 60; flock -n /l timeout 5 /opt/late", "late"),
        ("bash -c 'echo 1'", "bash"),
        ("!!!", "job"),
    ],
)
def test_a_task_is_named_after_what_it_runs(command: str, name: str) -> None:
    assert task_name(command) == name


def test_names_are_unique_and_each_line_stands_above_its_task() -> None:
    draft = drafted("0 1 * * * /opt/a.sh\n0 2 * * *\t/opt/a.sh 'x'\n")
    assert [each.name for each in draft.tasks] == ["a", "a-2"]
    text = render(draft, "a crontab", "qctl import crontab")
    assert "\n# 0 2 * * *\t/opt/a.sh 'x'\n[tasks.a-2]\n" in text
