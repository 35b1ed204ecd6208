"""Reading a table: its keys against the declared ones. What is wrong is collected, so that all is told at once."""

from __future__ import annotations

from collections.abc import Mapping

from qctl.config.problems import Problem
from qctl.config.wrong import Wrong
from qctl.later import later
from qctl.model.suggest import closest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.config.belonging import where_it_belongs
    from qctl.config.keys import Key
else:
    where_it_belongs = later("qctl.config.belonging", "where_it_belongs")

Path = tuple[str | int, ...]

#: What other programs call what has another name here.
_BY_MEANING: Final = {
    **dict.fromkeys(("python", "function", "func", "callable"), "call"),
    **dict.fromkeys(("command", "cmd", "script", "bash", "sh"), "run"),
    "argv": "exec",
    **dict.fromkeys(("cron", "crontab", "interval", "every"), "schedule"),
    **dict.fromkeys(("dir", "directory", "workdir", "working_directory"), "cwd"),
    **dict.fromkeys(("args", "arguments", "kwargs"), "params"),
    "time_limit": "timeout",
    "concurrency": "max_running",
}


class Reading:
    """The problems found so far in one file, each with the way to its key. Their lines are looked up at the end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def table(self, raw: Any, keys: Mapping[str, Key], path: Path, what: str) -> dict[str, Any]:
        """The values of a table by key. A key that is wrong is missing from the answer and stands among the problems.

        `what` names the table in messages: task `backup`.
        """
        values: dict[str, Any] = {}
        if not isinstance(raw, dict):
            self.add("Q015", f"{what} must be a table", path, value=True)
            return values
        for name, value in raw.items():
            key = keys.get(name)
            if key is None:
                self.unknown(name, keys, (*path, name), what)
            elif isinstance(key.read, Mapping):
                values[name] = self.table(value, key.read, (*path, name), f"`{name}` of {what}")
            else:
                self._read(key, value, values, (*path, name), what)
        return values

    def _read(self, key: Key, value: Any, values: dict[str, Any], path: Path, what: str) -> None:
        assert not isinstance(key.read, Mapping)
        try:
            values[key.name] = key.read(value)
        except Wrong as wrong:
            self.wrong(wrong, key.name, path, what)

    def wrong(self, wrong: Wrong, key: str, path: Path, what: str) -> None:
        """Note a value that its reader refused."""
        message = f"`{key}` of {what} {wrong.message}"
        if wrong.message.startswith("`"):
            message = f"{wrong.message}, in `{key}` of {what}"
        self.add(wrong.code, message, (*path, *wrong.at), value=True, note=wrong.note, suggestion=wrong.meant)

    def unknown(self, name: str, known: Mapping[str, Any], path: Path, what: str) -> None:
        """Note a key that nobody knows: never passed over, since what it was meant to do would not happen (R11)."""
        meant = _BY_MEANING.get(name.lower())
        meant = meant if meant in known else closest(name, known)
        self.add(
            "Q014",
            f"unknown key `{name}` in {what}",
            path,
            note=f"did you mean `{meant}`?" if meant else where_it_belongs(name),
            suggestion=meant or "",
            help=f"keys of it: {', '.join(known)}" if len(known) <= 12 else "qctl help Q014",
        )

    def add(self, code: str, message: str, path: Path, *, value: bool = False, **more: Any) -> None:
        """Note a problem at a key, or at its value."""
        task = str(path[1]) if len(path) > 1 and path[0] in ("tasks", "workflows") else None
        problem = Problem(code=code, message=message, file=self.file, path=path, at_value=value, task=task, **more)
        self.problems.append(problem)
