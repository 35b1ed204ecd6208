"""The TOML of an import: each task below the line that it comes from, to be read before it is used."""

from __future__ import annotations

from qctl.config.toml_text import UNFIT, block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.config.crontab.draft import Draft, Imported

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
        "leave_children",
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
    return f"{above}[{name}]\n" + "".join(f"{key} = {block(keys[key])}\n" for key in ordered)


def _comment(text: str) -> str:
    return UNFIT.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
