"""What becomes of schedules that no other scheduler can take over."""

from __future__ import annotations

from pathlib import Path

from qctl.client.checkup.crontab import look_at_crontab
from qctl.config import load
from qctl.config.crontab import Machine, as_crontab, as_units
from qctl.config.timetable import schedules

TEXT = """
[tasks.dump]
run = "true"
[workflows.nightly]
pipeline = "dump | dump"
schedule = "0 3 * * *"
"""


def test_the_schedule_of_a_workflow_is_named_with_why_it_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "tasks.toml").write_text(TEXT)
    config = load(str(tmp_path / "tasks.toml"))
    pairs = [(one, config.task(one.task)) for one in schedules(config, "qctl", "UTC")]
    text, lines = as_crontab(pairs, Machine(zone="UTC", user="root", host="db1"))
    (unit,) = as_units(pairs, "ana")
    for reason in (lines[0].reason, unit.reason):
        assert reason == "it is a workflow, whose steps follow each other by qctl: `qctl run nightly` can be"
    assert "cron cannot: it is a workflow" in text


def test_of_a_notification_that_mails_to_mailto_cron_says_all(tmp_path: Path) -> None:
    """What cron does not do stands there: a command of another kind, a mail to somebody else or of something else."""
    tells = '[notify.{}]\ncommand = ["{}", "-s", "output", "{}@example.com"]\non = ["{}"]\n'
    ways = {"ops": ("mail", "ops", "output"), "ana": ("mail", "ana", "output"), "page": ("page", "ops", "output")}
    ways["bad"] = ("mail", "ops", "fail")
    tasks = [(name, "ops@example.com", name) for name in ways] + [("nobody", "", "ops")]
    (tmp_path / "tasks.toml").write_text(
        "".join(tells.format(name, *way) for name, way in ways.items())
        + "".join(
            f'[tasks.{task}]\nrun = "true"\nenv = {{ MAILTO = "{to}" }}\n'
            f'notify = ["{name}"]\nschedule = {{ cron = "@daily", overlap = "allow", catchup = "none" }}\n'
            for task, to, name in tasks
        )
    )
    config = load(str(tmp_path / "tasks.toml"))
    pairs = [(one, config.task(one.task)) for one in schedules(config, "qctl", "UTC")]
    _, lines = as_crontab(pairs, Machine(zone="UTC", user="root", host="db1", notify=config.notify))
    assert {each.schedule.task for each in lines if each.lost == ()} == {"ops"}
    assert {each.schedule.task for each in lines if each.lost == ("notify",)} == {"ana", "page", "bad", "nobody"}


def test_a_unit_runs_as_the_user_of_its_task_or_as_whoever_exports_it(tmp_path: Path) -> None:
    """The system's systemd would run it as root."""
    text = (
        '[tasks.a]\nrun = "true"\nschedule = "@daily"\n[tasks.b]\nrun = "true"\nuser = "nobody"\nschedule = "@daily"\n'
    )
    (tmp_path / "tasks.toml").write_text(text)
    config = load(str(tmp_path / "tasks.toml"))
    pairs = [(one, config.task(one.task)) for one in schedules(config, "qctl", "UTC")]
    users = [
        [line for line in unit.service.splitlines() if line.startswith("User=")] for unit in as_units(pairs, "ana")
    ]
    assert users == [["User=ana"], ["User=nobody"]]
    assert ["User=" in unit.service for unit in as_units(pairs, None)] == [False, True]


def test_doctor_knows_that_workflows_have_schedules(tmp_path: Path) -> None:
    (tmp_path / "tasks.toml").write_text(TEXT)
    assert "no line of yours" in look_at_crontab(load(str(tmp_path / "tasks.toml"))).found


def test_of_a_schedule_that_is_switched_off_doctor_says_that_none_is_enabled(tmp_path: Path) -> None:
    (tmp_path / "tasks.toml").write_text("[tasks.off]\nrun = 'true'\nenabled = false\nschedule = '@daily'\n")
    found = look_at_crontab(load(str(tmp_path / "tasks.toml"))).found
    assert found == "no task or workflow that is enabled has a schedule"
