"""`schedule edit`: a copy of the file in the user's editor, checked before it takes the file's place."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from qctl.cli.confirm import Declined, confirm
from qctl.cli.emit import as_json, say, write
from qctl.cli.scheduling.editing import diff
from qctl.cli.scheduling.naming import meant
from qctl.config.editing import new_problems, open_file
from qctl.config.report import render_problem
from qctl.config.source import MAX_FILE_BYTES
from qctl.errors import ConfigError, NotFound, QctlError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.config import BadFile, Config, Problem
    from qctl.config.editing import TextFile

_GO_TO_LINE: Final = {"vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "micro", "joe", "jed", "mg"}


class EditorFailed(QctlError):
    """{editor}: {reason}; nothing was changed"""

    help = "VISUAL or EDITOR names another; qctl schedule edit NAME --set key=value needs none"


class NotTaken(ConfigError):
    """{file} was not changed: {message}"""

    help = "your text is kept in {copy}"


def edit(here: Session, name: str | None) -> int:
    """Open the file that declares a schedule, or the first one, and take what is written there if it is right.

    Raises EditorFailed, NotTaken for a text that is wrong and not mended, CannotEdit.
    """
    config, broken = here.config_to_look_by()
    if broken is not None:
        config = None
    path, line = _place(here, config, broken, name)
    file = open_file(path)
    file.must_be_writable()
    if here.settings.dry_run:
        return _tell(here, file, file.text, dry="would open")
    with tempfile.TemporaryDirectory(prefix="qctl-edit-") as folder:
        copy = Path(folder, os.path.basename(file.path))
        copy.write_bytes(file.text.encode())
        text = _edited(here, config, file, copy, line)
    if text == file.text:
        return _tell(here, file, text)
    file.swap(text)
    return _tell(here, file, text)


def _place(here: Session, config: Config | None, broken: BadFile | None, name: str | None) -> tuple[str, int]:
    """Which file is to be opened, and at which line."""
    if broken is not None:
        first = broken.problems[0]
        if not os.path.isfile(first.file):
            raise broken
        here.warn(str(broken))
        return first.file, first.line
    assert config is not None
    if not config.file:
        raise NotFound("no tasks.toml here or above", help="qctl init")
    if name is None:
        return config.file, 0
    one = meant(name, config, here)
    return one.task.file, one.task.line


def _edited(here: Session, config: Config | None, file: TextFile, copy: Path, line: int) -> str:
    """What the user made of it, which is right. Raises as `edit`."""
    while True:
        _run_editor(here, copy, line)
        text = _read(copy)
        if text == file.text:
            return text
        first = config.file if config is not None else file.path
        problems = new_problems(config, first, file.path, text)
        if not problems:
            return text
        texts = {file.path: text.split("\n")}
        for problem in problems:
            say(here.err.plain(render_problem(problem, here.folder, texts)))
        try:
            confirm(here, "Edit it again?")
        except (Declined, UsageError):
            raise _not_taken(file, text, problems) from None
        line = problems[0].line


def _not_taken(file: TextFile, text: str, problems: Sequence[Problem]) -> NotTaken:
    """Keep the text for the user: it may be an hour's work."""
    number, kept = tempfile.mkstemp(prefix="qctl-edit-", suffix=".toml")
    with os.fdopen(number, "wb") as out:
        out.write(text.encode())
    return NotTaken(file=file.path, message=problems[0].message, copy=kept)


def _run_editor(here: Session, copy: Path, line: int) -> None:
    chosen = here.environ.get("VISUAL") or here.environ.get("EDITOR")
    if not chosen and not sys.stdin.isatty():
        raise EditorFailed(editor="vi", reason="there is no terminal for it")
    editor = chosen or "vi"
    words = shlex.split(editor)
    if not words:
        raise EditorFailed(editor=editor, reason="names no program")
    if line and os.path.basename(words[0]) in _GO_TO_LINE:
        words.append(f"+{line}")
    sys.stdout.flush()
    try:
        ended = subprocess.run([*words, str(copy)], check=False)
    except OSError as error:
        raise EditorFailed(editor=editor, reason=error.strerror or error) from error
    if ended.returncode:
        raise EditorFailed(editor=editor, reason=f"it ended with {ended.returncode}")


def _read(copy: Path) -> str:
    try:
        raw = copy.read_bytes()
    except OSError as error:
        raise EditorFailed(editor="the editor", reason=f"its file cannot be read: {error.strerror}") from error
    if len(raw) > MAX_FILE_BYTES:
        raise EditorFailed(editor="the editor", reason="the file is larger than 4 MB")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise EditorFailed(editor="the editor", reason="what it wrote is not UTF-8") from None


def _tell(here: Session, file: TextFile, text: str, dry: str = "") -> int:
    changed = text != file.text
    facts: dict[str, Any] = {
        "schema": "qctl.edited/1",
        "action": "edit" if changed else "none",
        "schedule": None,
        "file": file.path,
        "schedules": [],
        "gone": [],
        "changed": changed,
        "dry_run": here.settings.dry_run,
        "diff": "\n".join(diff(file, text)),
    }
    if here.settings.for_programs:
        write(as_json(facts))
    else:
        write(here.out.safe(f"{dry} {file.path}" if dry else f"{file.path}: {'changed' if changed else 'as it was'}"))
    return 0
