"""What root's worker runs, nobody else may have written: code, variables of a loader, files that are included."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support import Home

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root alone is asked to trust")

STRANGER = 12345
TASKS = """
[qctl]
python_path = ["code"]
[tasks.direct]
call = "theirs:main"
[tasks.through]
call = "ours:main"
[tasks.linked]
call = "linked:main"
[tasks.compiled]
call = "stale:main"
[tasks.good]
call = "good:main"
[tasks.variables]
run = 'echo "$A"'
env_file = "theirs.env"
[tasks.own-variables]
run = 'echo "$A"'
env_file = "theirs.env"
user = "daemon"
[tasks.open-variables]
run = 'echo "$A"'
env_file = "open.env"
"""
RETURNS = "def main():\n    return 'ran'\n"


@pytest.fixture
def site(shared_home: Home) -> Home:
    """A folder with code and variables, of which some are not root's alone."""
    home = shared_home
    for folder in (home.folder, home.work):
        folder.chmod(0o755)
    home.write("tasks.toml", TASKS)
    for name in ("theirs", "good", "stale"):
        home.write(f"code/{name}.py", RETURNS)
    home.write("code/ours.py", "from theirs import main\n")
    os.chown(home.work / "code" / "theirs.py", STRANGER, 0)
    elsewhere = home.write("elsewhere/linked.py", RETURNS)
    elsewhere.parent.chmod(0o777)
    (home.work / "code" / "linked.py").symlink_to(elsewhere)
    (home.work / "code" / "__pycache__").mkdir(mode=0o755)
    (home.work / "code" / "__pycache__").chmod(0o777)
    home.write("theirs.env", "A=a\n")
    os.chown(home.work / "theirs.env", 1, 1)  # daemon's, which the task of that name runs as
    home.write("open.env", "A=a\n").chmod(0o666)
    return home


def test_code_that_others_could_have_written_is_not_imported(site: Home) -> None:
    """Attack 41: the task's module, what that imports, what a link leads to, and a compiled copy in an open folder."""
    cache = site.work / "code" / "__pycache__"
    (cache / f"stale.{sys.implementation.cache_tag}.pyc").write_bytes(b"anything")
    worker = site.start("worker", "-c", "1")
    worker.wait_for("slots are ready|slot is ready|worker .* starts")

    said = {
        task: site.run("run", task, "--wait", "--timeout", "20s")
        for task in ("direct", "through", "linked", "compiled", "good")
    }

    assert said["good"].stdout == '"ran"\n', said["good"]
    theirs = site.work / "code" / "theirs.py"
    for task in ("direct", "through"):
        assert said[task].code == 1
        assert f"UntrustedCode: {theirs} belongs to user {STRANGER}" in said[task].stderr
        assert f"chown root {theirs}" in said[task].stderr
    assert f"chmod go-w {site.work}/elsewhere" in said["linked"].stderr
    assert f"chmod go-w {cache}" in said["compiled"].stderr
    worker.stop()


def test_variables_that_others_could_have_written_start_no_job(site: Home) -> None:
    """Attack 41: an `env_file` may set LD_PRELOAD. The job's own user may write his."""
    worker = site.start("worker", "-c", "1")
    worker.wait_for("slots are ready|slot is ready|worker .* starts")

    theirs, own, opened = (
        site.run("run", f"{task}", "--wait", "--timeout", "20s")
        for task in ("variables", "own-variables", "open-variables")
    )

    assert (own.code, own.stdout) == (0, "a\n"), own
    assert f"env_file {site.work}/theirs.env belongs to user 1, and root would run what it says" in theirs.stderr
    assert f"chown root {site.work}/theirs.env" in theirs.stderr
    assert f"chmod go-w {site.work}/open.env" in opened.stderr
    worker.stop()


@pytest.mark.parametrize(
    ("damage", "advice"),
    [
        ("foreign include", "chown root {work}/more.toml"),
        ("loose include", "chmod go-w {work}/more.toml"),
        ("loose file", "chmod go-w {work}/tasks.toml"),
        ("loose folder", "chmod go-w {work}"),
        ("loose folder above", "chmod o-w {folder}"),
    ],
)
def test_a_file_that_is_not_roots_alone_is_refused_with_the_command_that_helps(
    shared_home: Home, damage: str, advice: str
) -> None:
    """Attack 41: by whatever reads it, in one line, and the command is right."""
    home = shared_home
    home.write("tasks.toml", '[qctl]\ninclude = ["more.toml"]\n')
    more = home.write("more.toml", "[tasks.a]\nrun = 'true'\n")
    match damage:
        case "foreign include":
            os.chown(more, STRANGER, 0)
        case "loose include":
            more.chmod(0o666)
        case "loose file":
            (home.work / "tasks.toml").chmod(0o666)
        case "loose folder":
            home.work.chmod(0o777)
        case _:
            home.work.chmod(0o755)
            home.folder.chmod(0o777)

    for words in (["run", "a"], ["worker"]):
        refused = home.run(*words)
        assert (refused.code, refused.stderr.count("error[Q013]")) == (78, 1), refused
        command = advice.format(work=home.work, folder=home.folder)
        assert f"help: {command}\n" in refused.stderr
    assert home.run("doctor", "-o", "json").code == 1
    os.system(command)
    assert home.run("task", "list", "-o", "name").stdout == "a\n"
