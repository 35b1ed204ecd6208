"""The real `qctl schedule add|rm|edit`: tasks.toml is changed in place, or not at all. No Redis is needed."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.support import Home
from tests.support.terminal import Terminal

TASKS = """\
# The tasks of this host.
[qctl]
include = ["more.toml"]

[tasks.backup]   # nightly
run = "true"     # a stand-in
params.keep = { type = "int", default = 7 }

# About others.
[tasks.report]
run = "true"
schedule = "@daily"
"""
MORE = '[tasks.sync]\nrun = "true"\n'


@pytest.fixture
def place(home: Home) -> Home:
    home.write("tasks.toml", TASKS)
    home.write("more.toml", MORE)
    return home


def text(home: Home, name: str = "tasks.toml") -> str:
    return (home.work / name).read_text()


def editor(home: Home, script: str) -> dict[str, str]:
    """An editor that is a shell script; "$1" is the file."""
    path = home.write("editor.sh", f"#!/bin/sh\nfor file; do :; done\n{script}\n")
    path.chmod(0o755)
    return {"EDITOR": str(path)}


def test_without_a_terminal_no_editor_is_started_that_nobody_named(place: Home) -> None:
    answer = place.run("schedule", "edit", "report")
    assert (answer.code, "there is no terminal for it" in answer.stderr) == (1, True), answer
    assert "--set" in answer.stderr
    assert text(place) == TASKS


def test_what_says_when_can_be_replaced_and_not_taken_away(place: Home) -> None:
    answer = place.run("schedule", "edit", "report", "--set", "cron=")
    assert (answer.code, "nothing that says when" in answer.stderr) == (2, True)
    assert "qctl schedule rm NAME" in answer.stderr
    assert text(place) == TASKS


class TestAdd:
    def test_one_line_is_added_below_the_task_and_all_else_stays(self, place: Home) -> None:
        answer = place.run("schedule", "add", "backup", "30 2 * * *", "--with", "keep=14", "--jitter", "5m")

        line = 'schedule = { cron = "30 2 * * *", jitter = "5m", with = { keep = 14 } }\n'
        marker = 'params.keep = { type = "int", default = 7 }\n'
        assert (answer.code, answer.stdout) == (0, f"backup: added to {place.work}/tasks.toml\n"), answer
        assert text(place) == TASKS.replace(marker, marker + line)
        assert "is due next" in answer.stderr
        assert "02:30:00" in answer.stderr
        assert place.run("check", "-q").code == 0

    def test_it_goes_to_the_file_that_declares_the_task(self, place: Home) -> None:
        assert place.run("schedule", "add", "sync", "every", "90m").code == 0
        assert text(place, "more.toml") == MORE + 'schedule = "every 90m"\n'
        assert text(place) == TASKS

    def test_a_date_is_echoed_and_written_with_its_zone(self, place: Home) -> None:
        answer = place.run("schedule", "add", "sync", "--at", "2030-12-24 18:00", "--timezone", "Europe/Berlin")
        assert answer.code == 0, answer
        assert "Tue 2030-12-24 18:00:00 +01:00 Europe/Berlin" in answer.stderr
        assert "at = 2030-12-24T18:00:00+01:00" in text(place, "more.toml")

    def test_a_dry_run_shows_the_difference_and_writes_nothing(self, place: Home) -> None:
        answer = place.run("schedule", "add", "report", "@hourly", "--name", "often", "--dry-run")
        assert answer.code == 0
        assert '-schedule = "@daily"' in answer.stdout
        assert '+schedule = ["@daily", { cron = "@hourly", name = "often" }]' in answer.stdout
        assert text(place) == TASKS

    def test_what_is_there_already_is_not_added_twice(self, place: Home) -> None:
        answer = place.run("schedule", "add", "report", "@daily", "-o", "json")
        facts = json.loads(answer.stdout)
        assert (answer.code, facts["changed"], facts["schedule"]) == (0, False, "report")
        assert text(place) == TASKS

    def test_a_second_schedule_leaves_the_first_its_name(self, place: Home) -> None:
        """By its name it is known who disabled it, and when it ran last."""
        answer = place.run("schedule", "add", "report", "@hourly", "--name", "often", "-o", "json")
        facts = json.loads(answer.stdout)
        assert (facts["schedule"], facts["schedules"], facts["gone"]) == (
            "report.often",
            ["report", "report.often"],
            [],
        )
        assert "note" not in answer.stderr
        back = place.run("schedule", "rm", "report.often")
        assert back.code == 0, back
        assert "note" not in back.stderr

    def test_one_without_a_name_that_would_take_that_of_another_is_refused(self, place: Home) -> None:
        answer = place.run("schedule", "add", "report", "@hourly")
        assert (answer.code, answer.stdout) == (5, "")
        assert "report is called as its task" in answer.stderr
        assert "qctl schedule add report … --name NAME" in answer.stderr
        assert text(place) == TASKS

    def test_one_that_is_called_otherwise_from_now_on_is_told(self, place: Home) -> None:
        place.write("more.toml", MORE + 'schedule = ["@daily", "@hourly"]\n')
        names = json.loads(place.run("schedule", "next", "sync", "-n", "2", "-o", "json").stdout)
        gone = sorted({row["schedule"] for row in names["items"]})[0]
        answer = place.run("schedule", "rm", gone)
        assert answer.code == 0, answer
        assert "is called sync now" in answer.stderr
        assert "if it was disabled, it is not any more" in answer.stderr

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (["backup", "75 * * * *"], 2, "minute 75 is out of range 0-59"),
            (["backup"], 2, "say when: an expression, or --at DATE"),
            (["backup", "@daily", "--at", "tomorrow"], 2, "say when"),
            (["backup", "30", "2", "1", "1", "1"], 2, "write it in quotes"),
            (["backup", "@daily", "--overlap", "skp"], 2, "did you mean `skip`?"),
            (["backup", "@daily", "--with", "kep=1"], 2, "did you mean `keep`?"),
            (["backup", "@daily", "--timezone", "Europe/Berln"], 2, "is no time zone here"),
            (["bakup", "@daily"], 4, "did you mean `backup`?"),
            (["report", "@daily", "--overlap", "queue"], 5, "give each a `name`"),
        ],
    )
    def test_what_is_wrong_is_refused_and_the_file_stays(
        self, place: Home, words: list[str], code: int, said: str
    ) -> None:
        answer = place.run("schedule", "add", *words)
        assert (answer.code, answer.stdout) == (code, "")
        assert said in answer.stderr
        assert text(place) == TASKS

    def test_a_link_and_the_mode_stay(self, place: Home) -> None:
        real = place.work / "tasks.toml"
        real.rename(place.work / "real.toml")
        real.symlink_to("real.toml")
        (place.work / "real.toml").chmod(0o600)

        assert place.run("schedule", "add", "backup", "@daily").code == 0

        assert real.is_symlink()
        assert stat.S_IMODE(os.stat(real).st_mode) == 0o600
        assert 'schedule = "@daily"' in text(place, "real.toml")

    def test_a_schedule_from_defaults_is_not_taken_from_one_task(self, place: Home) -> None:
        place.write("tasks.toml", '[defaults]\nschedule = "@daily"\n[tasks.a]\nrun = "true"\n')
        answer = place.run("schedule", "rm", "a")
        assert (answer.code, "has its schedule from [defaults]" in answer.stderr) == (2, True)


class TestRemoveAndSet:
    def test_a_schedule_is_taken_out(self, place: Home) -> None:
        answer = place.run("schedule", "rm", "report")
        assert answer.code == 0
        assert text(place) == TASKS.replace('schedule = "@daily"\n', "")

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (["rm", "reprt"], 4, "did you mean `report`?"),
            (["rm", "backup"], 4, "task backup has no schedule"),
            (["edit", "report", "--set", "jiter=1"], 2, "did you mean `jitter`?"),
            (["edit", "report", "--set", "enabled=maybe"], 2, "true or false"),
            (["edit", "report", "--set", "jitter"], 2, "key=value"),
            (["edit", "--set", "jitter=1"], 2, "name it"),
        ],
    )
    def test_what_is_meant_has_to_be_there(self, place: Home, words: list[str], code: int, said: str) -> None:
        answer = place.run("schedule", *words)
        assert (answer.code, answer.stdout) == (code, "")
        assert said in answer.stderr
        assert text(place) == TASKS

    def test_keys_are_set_and_taken_away(self, place: Home) -> None:
        assert place.run("schedule", "edit", "report", "--set", "jitter=5m", "--set", "enabled=false").code == 0
        assert 'schedule = { cron = "@daily", jitter = "5m", enabled = false }' in text(place)
        again = place.run("schedule", "edit", "report", "--set", "jitter=5m")
        assert (again.code, "it is so already" in again.stdout) == (0, True)
        assert place.run("schedule", "edit", "report", "--set", "jitter=", "--set", "enabled=").code == 0
        assert 'schedule = "@daily"' in text(place)


class TestEditor:
    def test_what_the_editor_wrote_is_taken_once_it_is_right(self, place: Home) -> None:
        answer = place.run("schedule", "edit", "report", env=editor(place, 'sed -i s/@daily/@hourly/ "$file"'))
        assert (answer.code, answer.stdout) == (0, f"{place.work}/tasks.toml: changed\n"), answer
        assert text(place) == TASKS.replace("@daily", "@hourly")

    def test_what_is_wrong_never_takes_the_files_place_and_is_kept(self, place: Home) -> None:
        answer = place.run("schedule", "edit", env=editor(place, "sed -i 's/@daily/75 * * * */' \"$file\""))
        assert (answer.code, answer.stdout) == (78, ""), answer
        assert "minute 75 is out of range" in answer.stderr
        kept = Path(answer.stderr.rsplit("is kept in ", 1)[1].strip())
        assert "75 * * * *" in kept.read_text()
        kept.unlink()
        assert text(place) == TASKS

    def test_on_a_terminal_it_is_offered_again(self, place: Home) -> None:
        script = 'if grep -q 75 "$file"; then sed -i "s/75/15/" "$file"; else sed -i "s/@daily/75 * * * */" "$file"; fi'
        terminal = Terminal(place, "schedule", "edit", "report", extra=editor(place, script))
        terminal.wait_for("Edit it again?")
        terminal.press(b"y\n")
        assert terminal.end() == 0, terminal.screen
        assert 'schedule = "15 * * * *"' in text(place)

    def test_an_editor_that_fails_changes_nothing(self, place: Home) -> None:
        answer = place.run("schedule", "edit", env=editor(place, 'echo x >> "$file"; exit 1'))
        assert (answer.code, "it ended with 1; nothing was changed" in answer.stderr) == (1, True)
        assert text(place) == TASKS
        gone = place.run("schedule", "edit", env={"EDITOR": "no-such-editor"})
        assert (gone.code, "no-such-editor" in gone.stderr) == (1, True)

    def test_a_file_that_is_broken_can_be_mended_in_it(self, place: Home) -> None:
        place.write("tasks.toml", TASKS + "[oops\n")
        answer = place.run("schedule", "edit", env=editor(place, "sed -i '/oops/d' \"$file\""))
        assert answer.code == 0, answer
        assert text(place) == TASKS
