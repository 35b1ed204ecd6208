"""Tasks as people see them: `task list` and `task show`."""

from __future__ import annotations

from collections.abc import Mapping

from qctl.cli.grid import NARROW, Cell, Column, foot, grid, labelled
from qctl.cli.screens.words import NOTHING
from qctl.config import Config, describe
from qctl.model.call import Kind
from qctl.model.cells import cut
from qctl.model.params import as_word
from qctl.model.show import count, duration, size
from qctl.model.task import Task
from qctl.model.words import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.cli.terminal import Look

_UNTOLD: Final = "not told: its workers have it, and no file here"

#: Of a task that a screen tells only where they are set: names in JSON, with their keys in tasks.toml.
_SETTINGS: Final = {
    "tags": "tags",
    "enabled": "enabled",
    "soft_timeout_s": "soft_timeout",
    "total_timeout_s": "total_timeout",
    "grace_s": "grace",
    "backoff_max_s": "backoff_max",
    "jitter": "jitter",
    "ok_codes": "ok_codes",
    "redeliver": "redeliver",
    "result": "result",
    **{name: name for name in ("host", "max_running", "lock", "unique", "rate_limit", "user", "cwd", "shell")},
    "env_names": "env",
    **{name: name for name in ("umask", "nice", "env_file", "limits", "stop_signal", "retry_on", "no_retry_on")},
    **{name: name for name in ("max_crashes", "max_losses", "on_lost_lease", "leave_children", "fail_on_stderr")},
    "output_max_bytes": "output.max",
    "output_file": "output.file",
    "keep_age_s": "keep.age",
    "keep_runs": "keep.runs",
    "notify": "notify",
}
_DURATIONS: Final = ("soft_timeout", "total_timeout", "grace", "backoff_max", "keep.age")

_TASKS: Final = (
    Column("TASK", least=10, folds_below=NARROW),
    Column("QUEUE", least=7, given_up=1),
    Column("PARAMETERS", least=12, given_up=2),
    Column("WHAT IT DOES", least=12, folds_below=NARROW),
)


def tasks(items: Sequence[Mapping[str, Any]], file: str, look: Look, *, named: str | None = None) -> list[str]:
    """Tasks by name; one that cannot be used says why. `named` is the file that was asked for, if any was."""
    if not items:
        nowhere = f"{named} declares no tasks" if named else "no tasks.toml here or above: qctl init writes one"
        where = f"no task in {file}" if file else nowhere
        return [_fitted(look.safe(where), look)]
    below = foot(
        [count(len(items), "task"), file or "no tasks.toml here: as workers tell", "qctl task show NAME"], look
    )
    return [*grid(_TASKS, [_row(item) for item in items], look), *below]


def _row(item: Mapping[str, Any]) -> list[Cell | str]:
    if not item["usable"]:
        return [Cell(item["name"], "red"), Cell(NOTHING), Cell(NOTHING), Cell(f"✗ {item['problem']['message']}", "red")]
    params = " ".join(_param(param) for param in item["params"])
    return [str(item["name"]), str(item["queue"]), params, str(item["summary"])]


def _param(param: Mapping[str, Any]) -> str:
    """`bucket` must be given, `[keep=14]` need not."""
    if param["required"] and not param["env"]:
        return str(param["name"])
    value = "" if param["default"] is None else f"={text_of(param['default'])}"
    return f"[{param['name']}{value}]"


def task(item: Mapping[str, Any], look: Look) -> list[str]:
    """All about one task."""
    source = item["source"]
    lines = [look.paint(_fitted(look.safe(item["name"]), look), "bold")]
    lines += _block("About", item["doc"] or look.sign(NOTHING), look)
    whole = item["kind"] == "workflow"
    lines += _block("Steps" if whole else "Command", _command(item["command"]) or _UNTOLD, look)
    lines += _block("Defined", f"{source['file']}:{source['line']}  hash {source['hash']}", look)
    if whole:
        lines += _block("Limits", f"timeout {duration(item['timeout_s'])}" if item["timeout_s"] else "no timeout", look)
    else:
        lines += _block("Queue", look.sign(f"{item['queue']} · priority {item['priority']}"), look)
        lines += _block("Limits", _limits(item), look)
    lines += _settings(item, look)
    if item["schedules"]:
        lines += _block("Schedule", "\n".join(map(_when, item["schedules"])), look)
    lines += _params(item["params"], look)
    given = " ".join(as_word(p["name"], secret=p["secret"]) for p in item["params"] if p["required"] and not p["env"])
    run = f"qctl run {item['name']} {given}".rstrip()
    return [*lines, *_block("Run it", run + ("        --graph draws it" if whole else ""), look)]


def _command(command: str | Sequence[str]) -> str:
    return command.strip("\n") if isinstance(command, str) else " ".join(command)


def _limits(item: Mapping[str, Any]) -> str:
    timeout = f"timeout {duration(item['timeout_s'])}" if item["timeout_s"] else "no timeout"
    retries = "retries without end" if item["retries"] is None else f"retries {item['retries']}"
    said = [timeout, retries + (f", backoff {duration(item['backoff_s'])}" if item["retries"] != 0 else "")]
    return ", ".join([*said, *([f"expires {duration(item['expires_s'])}"] if item["expires_s"] else [])])


def _settings(item: Mapping[str, Any], look: Look) -> list[str]:
    """What else is set, each by its key in tasks.toml; nothing that is as it is where nobody says a word."""
    usual = describe(Config(), Task(name="usual", kind=Kind.RUN))
    changed = {key: item[name] for name, key in _SETTINGS.items() if item.get(name, usual[name]) != usual[name]}
    if "env" in changed:
        changed["env"] = f"{' '.join(changed['env'])} (their values: qctl env {item['name']})"
    longest = max(map(len, changed), default=0)
    said = "\n".join(f"{key:<{longest}}  {_setting(key, value)}" for key, value in changed.items())
    return _block("Settings", said, look) if said else []


def _setting(key: str, value: Any) -> str:
    if key in _DURATIONS:
        return duration(value)
    if key == "output.max":
        return size(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {size(each) if name == 'memory' else each}" for name, each in value.items())
    return " ".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def _when(schedule: Mapping[str, Any]) -> str:
    """When it runs by itself, as it is written: `every 90m`, `0 3 * * *, Europe/Berlin`."""
    timing = next((f"{word} {schedule[word]}" for word in ("every", "at") if word in schedule), schedule.get("cron"))
    named = [f"name {schedule['name']}"] if "name" in schedule else []
    zone = [schedule["timezone"]] if "timezone" in schedule else []
    off = ["disabled"] if schedule.get("enabled") is False else []
    return ", ".join([str(timing), *zone, *named, *off])


def _params(params: Sequence[Mapping[str, Any]], look: Look) -> list[str]:
    if not params:
        return _block("Parameters", "none", look)
    longest = max(len(param["name"]) for param in params)
    lines = []
    for param in params:
        facts = [param["expects"]]
        facts += ["required"] if param["required"] else []
        facts += [f"default {text_of(param['default'])}"] if param["default"] is not None else []
        facts += [f"from the worker's {param['env']}"] if param["env"] else []
        facts += [param["help"]] if param["help"] else []
        lines.append(look.safe(f"{param['name']:<{longest}}  {', '.join(facts)}"))
    return _block("Parameters", "\n".join(lines), look)


def _block(label: str, text: str, look: Look) -> list[str]:
    lines = text.split("\n")
    labels = [f"  {label}", *("" for _ in lines[1:])]
    said = [
        each for head, line in zip(labels, lines, strict=True) for each in labelled(head, look.safe(line), 14, look)
    ]
    return [line.rstrip() for line in said]


def _fitted(line: str, look: Look) -> str:
    return line if look.width is None else cut(line, look.width, look.ellipsis)
