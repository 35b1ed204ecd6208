"""tasks.toml as it was found, whether it is in order and in safe hands, and where its tasks write their output."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from pathlib import Path

from qctl.client.checkup.place import judge_disk, room
from qctl.config.problems import Severity
from qctl.model.finding import Verdict, fail, ok, warn
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config import Config
    from qctl.config.report import Report
    from qctl.model.finding import Finding

_WRITABLE: Final = stat.S_IWGRP | stat.S_IWOTH


def look_at_files(report: Report) -> Finding:
    """What `qctl check` says in one line, with owner and mode of the file."""
    name = "configuration"
    check = f"qctl --file {shlex.quote(report.file)} check"
    if report.file == os.devnull:
        return ok(name, "no file, as you asked")
    if report.refused and not os.path.lexists(report.file):
        return warn(name, f"{report.problems[0].message}: there are no tasks", "qctl init")
    if report.refused:
        first = report.problems[0]
        return fail(name, f"{first.place}: {first.message}", first.help if first.code == "Q013" else check)
    seen = os.stat(report.file)
    found = f"{report.file} ({_owner(seen.st_uid)}, {stat.S_IMODE(seen.st_mode):04o}): "
    found += f"{report.usable} of {count(report.declared, 'task')} usable"
    if report.errors:
        return fail(name, f"{found}, {count(report.errors, 'error')}: {_first(report)}", check)
    if seen.st_mode & _WRITABLE:
        return warn(name, f"{found}; others may write to it", f"chmod go-w {shlex.quote(report.file)}")
    if report.warnings:
        return warn(name, f"{found}, {count(report.warnings, 'warning')}", check)
    return ok(name, found)


def _first(report: Report) -> str:
    """Where the first error is, and what: of a task that is broken it tells which."""
    problem = next(problem for problem in report.problems if problem.severity is Severity.ERROR)
    task = f"task {problem.task}: " if problem.task else ""
    return f"{task}{problem.place}: {problem.message}"


def look_at_output_files(config: Config) -> Finding:
    """The folders of `output.file`, which a worker of this host would write to."""
    name = "output files"
    folders = {Path(task.output_file).parent: task.name for task in config.tasks.values() if task.output_file}
    if not folders:
        return ok(name, "no task writes one")
    for folder, task in folders.items():
        if not folder.is_dir():
            return warn(name, f"{folder} of task {task} is not there", f"mkdir -p {shlex.quote(str(folder))}")
        if not os.access(folder, os.W_OK | os.X_OK):
            return warn(name, f"you may not write to {folder} of task {task}", f"ls -ld {shlex.quote(str(folder))}")
    disks = [judge_disk(name, folder, *room(folder)) for folder in folders]
    scarce = next((disk for disk in disks if disk.verdict is not Verdict.OK), None)
    return scarce or ok(name, f"{count(len(folders), 'folder')}, each with room")


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
