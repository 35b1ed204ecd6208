"""The TOML of an import: each task below the line that it comes from, to be read before it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from qctl.config.crontab.draft import Draft, Imported

_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_UNFIT: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_UNFIT_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ORDER: Final = (
    *(
        "run",
        "enabled",
        "shell",
        "user",
        "host",
        "cwd",
        "env",
        "timeout",
        "lock",
        "output",
        "redeliver",
        "notify",
        "schedule",
    ),
)


def heading(title: str) -> str:
    """How a file begins that an import of these crontabs has written."""
    return f"# From {_comment(title)}, by `"


def stands_in(task: Imported, text: str) -> bool:
    """Whether the line of a task stands in a file that an import has written, whatever was changed in that since."""
    return f"\n# {_comment(task.text)}\n" in text


def render(draft: Draft, title: str, by: str, defaults: Mapping[str, Any] | None = None) -> str:
    """A tasks.toml, or a file for one to include: of these crontabs, made `by` a command."""
    parts = [f"{heading(title)}{_comment(by)}`.\n# Each task stands below the line that it comes from.\n"]
    if defaults:
        parts.append(_table("defaults", defaults, "# What cron never did, whatever the including file says.\n"))
    for place, (name, said) in enumerate(draft.notify.items()):
        parts.append(_table(f"notify.{name}", said, "" if place else _ADVICE))
    label = ""
    for task in draft.tasks:
        where = "" if task.origin == label else f"# --- {_comment(task.origin)}\n"
        label = task.origin
        parts.append(where + _task(task))
    return "\n".join(parts)


_ADVICE: Final = '# cron mails whatever a job prints. `on = ["fail", "recover"]` tells what matters.\n'


def _task(task: Imported) -> str:
    above = f"# {_comment(task.text)}\n"
    if task.reason:
        above += f"# not enabled: {_comment(task.reason)}\n"
    return _table(f"tasks.{task.name}", task.keys, above)


def _table(name: str, keys: Mapping[str, Any], above: str) -> str:
    ordered = sorted(keys, key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER))
    return f"{above}[{name}]\n" + "".join(f"{key} = {as_toml(keys[key])}\n" for key in ordered)


def as_toml(value: Any) -> str:
    """A value as TOML writes it on its own line, or in several if a text has several."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    several = isinstance(value, str) and "\n" in value and not _UNFIT_IN_LINES.search(value)
    if several and "'''" not in value and not value.endswith("'"):
        return f"'''\n{value}'''"
    return _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, str):
        if ('"' in value or "\\" in value) and "'" not in value and not _UNFIT.search(value):
            return f"'{value}'"
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return as_toml(value) if isinstance(value, bool | Mapping) else str(value)


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else json.dumps(name)


def _comment(text: str) -> str:
    return _UNFIT.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
