"""`qctl install systemd` and `qctl uninstall systemd`: a unit that is whole, ours, and never in anybody's way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import Answer, Home
from tests.support.command_line import SOURCE
from tests.support.terminal import Terminal, plain

TASKS = '[tasks.hello]\nrun = "echo hello"\ngrace = "20s"\n'
#: A systemctl that writes down what it is asked. SYSTEMD says how its systemd is, REFUSES what it does not do.
SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$HOME/asked"
case "$*" in
  *is-system-running) echo "${SYSTEMD:-running}"; [ "${SYSTEMD:-running}" = running ] ;;
  "${REFUSES:-nothing}") echo "Failed to do that: no" >&2; exit 4 ;;
esac
"""


@pytest.fixture
def site(home: Home) -> Home:
    home.write("tasks.toml", TASKS)
    program = home.folder / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    return home


def on(site: Home, **variables: str) -> dict[str, str]:
    return {"PATH": f"{site.folder}/bin:{site.environment()['PATH']}", **variables}


def install(site: Home, *words: str, **variables: str) -> Answer:
    return site.run("install", "systemd", *words, env=on(site, **variables))


def uninstall(site: Home, *words: str, **variables: str) -> Answer:
    return site.run("uninstall", "systemd", *words, env=on(site, **variables))


def asked(site: Home) -> list[str]:
    """What systemctl was told, its state not counted."""
    record = site.folder / "asked"
    lines = record.read_text().splitlines() if record.exists() else []
    record.unlink(missing_ok=True)
    return [line for line in lines if "is-system-running" not in line]


def user_unit(site: Home) -> Path:
    return site.folder / "config" / "systemd" / "user" / "qctl.service"


def test_a_dry_run_prints_the_unit_and_does_nothing(site: Home) -> None:
    answer = install(site, "--user", "--dry-run", "--", "-c", "3", "--drain-timeout", "1m")

    assert answer.code == 0
    assert f"--file {site.work}/tasks.toml worker -B -c 3 --drain-timeout 1m\n" in answer.stdout
    assert "TimeoutStopSec=110\n" in answer.stdout  # the drain, the grace of the slowest task, and half a minute
    assert f"Environment=XDG_STATE_HOME={site.folder}/state\n" in answer.stdout
    assert "WantedBy=default.target" in answer.stdout
    assert (user_unit(site).exists(), asked(site)) == (False, [])
    document = json.loads(install(site, "--dry-run", "-o", "json").stdout)
    assert (document["file"], document["dry_run"]) == ("/etc/systemd/system/qctl.service", True)
    assert "WantedBy=multi-user.target" in document["text"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze")
@pytest.mark.parametrize("flags", [(), ("--user",)])
def test_systemd_finds_nothing_to_say_against_it(site: Home, flags: tuple[str, ...]) -> None:
    """Fault 83, with the program and the folder of this machine."""
    odd = site.work / "a 100% odd $folder"
    odd.mkdir()
    (odd / "tasks.toml").write_text(TASKS)
    unit = site.folder / "qctl.service"
    unit.write_text(install(site, "-C", str(odd), "--dry-run", *flags, "--", "--autoscale", "1,4").stdout)

    command = ["systemd-analyze", *flags, "verify", str(unit)]
    checked = subprocess.run(command, capture_output=True, text=True, env=site.environment(), check=False)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert f'--file "{site.work}/a 100%% odd $$folder/tasks.toml" worker -B --autoscale 1,4' in unit.read_text()


def test_it_is_written_loaded_started_and_written_again_only_if_it_differs(site: Home) -> None:
    first = install(site, "--user", "--now", "-y")
    assert (first.code, first.stdout) == (0, f"{user_unit(site)}\n")
    assert asked(site) == ["--user daemon-reload", "--user enable --now qctl"]
    assert (user_unit(site).stat().st_mode & 0o777, os.listdir(user_unit(site).parent)) == (0o644, ["qctl.service"])
    before = user_unit(site).stat()

    assert install(site, "--user", "-y").code == 0
    assert (asked(site), user_unit(site).stat().st_mtime_ns) == ([], before.st_mtime_ns)

    changed = install(site, "--user", "-y", "--", "-c", "9")
    assert (asked(site), "systemctl --user restart qctl" in changed.stderr) == (["--user daemon-reload"], True)
    assert "worker -B -c 9\n" in user_unit(site).read_text()

    dry = uninstall(site, "--user", "-y", "--dry-run")
    assert (dry.code, asked(site), user_unit(site).exists()) == (0, [], True)
    assert str(user_unit(site)) in dry.stdout
    gone = uninstall(site, "--user", "-y")
    assert (gone.code, user_unit(site).exists()) == (0, False)
    assert asked(site) == ["--user disable --now qctl", "--user daemon-reload"]
    assert uninstall(site, "--user", "-y").code == 0
    assert asked(site) == []


def test_a_file_of_somebody_elses_is_never_touched(site: Home) -> None:
    user_unit(site).parent.mkdir(parents=True)
    for make in (lambda: user_unit(site).write_text("[Service]\n"), lambda: user_unit(site).symlink_to(os.devnull)):
        make()
        for answer in (install(site, "--user", "-y"), uninstall(site, "--user", "-y")):
            assert (answer.code, "was not written by qctl" in answer.stderr) == (5, True)
            assert "help: " in answer.stderr
        assert os.path.lexists(user_unit(site))
        user_unit(site).unlink()
    assert asked(site) == []


def test_what_was_edited_by_hand_is_told_of_and_kept(site: Home) -> None:
    install(site, "--user", "-y")
    edited = user_unit(site).read_text() + "# mine\n"
    user_unit(site).write_text(edited)

    refused = install(site, "--user")
    assert (refused.code, user_unit(site).read_text()) == (2, edited)
    answer = install(site, "--user", "-y")

    assert (answer.code, "was edited by hand" in answer.stderr) == (0, True)
    assert user_unit(site).with_name("qctl.service.edited").read_text() == edited
    assert "# mine" not in user_unit(site).read_text()


def test_without_systemd_the_unit_is_whole_and_the_commands_are_said(site: Home) -> None:
    now = install(site, "--user", "--now", "-y", SYSTEMD="offline")
    assert (now.code, user_unit(site).exists()) == (1, False)
    assert "nothing was written" in now.stderr

    answer = install(site, "--user", "-y", SYSTEMD="offline")
    assert (answer.code, user_unit(site).exists(), asked(site)) == (0, True, [])
    assert "systemctl --user daemon-reload && systemctl --user enable --now qctl" in answer.stderr
    assert uninstall(site, "--user", "-y", SYSTEMD="offline").code == 0
    assert (user_unit(site).exists(), asked(site)) == (False, [])


def test_a_refusal_of_systemds_is_passed_on(site: Home) -> None:
    answer = install(site, "--user", "--now", "-y", "-o", "json", REFUSES="--user enable --now qctl")

    assert (answer.code, user_unit(site).exists()) == (1, True)
    assert "`systemctl --user enable --now qctl` failed: Failed to do that: no" in answer.stderr
    assert json.loads(answer.stdout)["schema"] == "qctl.error/1"  # one document


def test_a_unit_goes_into_an_image_and_out_of_it_with_its_links(site: Home) -> None:
    image = site.folder / "image"
    unit = image / "etc/systemd/system/qctl.service"
    written = install(site, "--root", str(image), "-y")
    assert (written.stdout, f"systemctl --root {image} enable qctl" in written.stderr) == (f"{unit}\n", True)
    wants = unit.parent / "multi-user.target.wants"
    wants.mkdir()
    (wants / "qctl.service").symlink_to("/etc/systemd/system/qctl.service")
    (wants / "other.service").symlink_to("/etc/systemd/system/other.service")

    assert uninstall(site, "--root", str(image), "-y").code == 0

    assert (unit.exists(), os.listdir(wants), asked(site)) == (False, ["other.service"], [])


def test_it_asks_on_a_terminal_and_a_no_changes_nothing(site: Home) -> None:
    for key, code in ((b"n\n", 1), (b"y\n", 0)):
        terminal = Terminal(site, "install", "systemd", "--user")
        terminal.wait_for("[y/N]")
        assert "ExecStart=" in terminal.read()
        assert not user_unit(site).exists()
        terminal.press(key)
        assert terminal.end() == code, plain(terminal.screen)
    assert user_unit(site).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--", "-c", "many"), "-c: a whole number from 1 up, not `many`"),
        (("--", "--autoscale", "4,1"), "--autoscale is MIN,MAX"),
        (("--", "--until-empty"), "a worker that systemd looks after stays"),
        (("--", "list"), "`list` is no option of qctl worker"),
        (("--redis", "redis://:secret@db1"), "the Redis URL holds a password"),
        (("--redis", "redis+sentinel://s1/main?sentinel_password=secret"), "the Redis URL holds a password"),
        (("--root", "/nowhere", "--now"), "--root is for units of an image"),
    ],
)
def test_what_no_service_should_start_is_refused(site: Home, words: tuple[str, ...], said: str) -> None:
    answer = install(site, "--user", "-y", *words) if "--root" not in words else install(site, "-y", *words)

    assert (answer.code, user_unit(site).exists()) == (2, False)
    assert said in next(line for line in answer.stderr.splitlines() if line.startswith("error["))
    assert "secret" not in answer.stdout + answer.stderr


def test_a_folder_without_tasks_is_refused_and_a_broken_file_too(home: Home) -> None:
    assert "there is no tasks.toml" in install(home, "--user", "-y").stderr
    home.write("tasks.toml", "[tasks.x\n")
    assert install(home, "--user", "-y").code == 78


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_the_help_text_finds_a_qctl_that_is_not_on_the_path_of_sudo(home: Home, verb: str) -> None:
    told = home.run(verb, "systemd", "--help").stdout
    assert f"sudo $(command -v qctl) {verb} systemd" in told
    assert "sudo qctl" not in told


def test_who_is_not_root_is_told_what_to_type(site: Home) -> None:
    """As nobody, who may not even enter the folder of this test."""
    program = (
        f"import os, sys; sys.path.insert(0, {str(SOURCE)!r}); from tests.support.everything_imported import qctl\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(qctl.cli.main.run(sys.argv[1:]))"
    )
    words = ["--file", "/dev/null", "install", "systemd", "-y", "--", "-c", "2"]

    ended = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, cwd="/", env=on(site), check=False
    )

    assert (ended.returncode, ended.stdout) == (77, ""), ended.stderr
    assert "sudo " in ended.stderr
    assert "help: sudo /" in ended.stderr  # the path that sudo's own PATH may not hold
    assert "install systemd -- -c 2" in ended.stderr
    assert "install systemd --user -- -c 2" in ended.stderr
