"""What `qctl` and `qctl --help` say.

Nothing is imported here but the table: root help costs what Python costs, off a terminal.
"""

from __future__ import annotations

from qctl.cli.table import COMMANDS, GLOBAL_FLAGS, GROUPS

_OPENING = """\
qctl runs the scripts of a server: declared once, run now or later, followed.

"""

#: What is typed first, and what it does. A test types all of it.
EXAMPLES = (
    ("qctl init", "write a first tasks.toml"),
    ("qctl run disk-usage folder=/tmp --wait", "run a task of it and wait for its end"),
    ("qctl run -- rsync -a /srv/a/ /srv/b/", "run any command as a job"),
    ("qctl run 'dump | [gzip, sum] | upload'", "a workflow"),
    ("qctl schedule add dump '30 2 * * *'", "each night; `qctl up -d` fires it"),
    ("qctl ps", "what waits and runs"),
    ("qctl logs -f @last", "follow the newest job"),
)

#: What stands for the value of a flag.
_VALUES = {
    "file": "FILE",
    "dir": "DIR",
    "redis": "URL",
    "namespace": "NAME",
    "redis-timeout": "TIME",
    "output": "FORMAT",
    "color": "WHEN",
}

_USAGE = """\

usage: qctl [FLAGS] COMMAND ...                 qctl COMMAND --help says more
"""

_CLOSING = """\
More: qctl help exit-codes | environment | query | pipelines | dates | config
                cron | celery | COMMAND | Q014 (the code of an error)
"""


def help_text() -> str:
    """The whole of `qctl --help`."""
    widest = max(len(line) for line, _ in EXAMPLES)
    examples = "".join(f"  {line:<{widest}}  {text}\n" for line, text in EXAMPLES)
    parts = [_OPENING + examples + _USAGE]
    for group in GROUPS:
        rows = [(row.name, row.help) for row in COMMANDS if row.group == group and row.module]
        if rows:
            parts.append(group + "\n" + "".join(f"  {name:<11}{line}\n" for name, line in rows))
    parts.append("Flags, before or after the command\n" + "".join(f"  {name:<27}{text}\n" for name, text in flags()))
    later = " ".join(row.name for row in COMMANDS if not row.module)
    if later:
        parts.append(f"In later versions: {later}\n")
    return "\n".join([*parts, _CLOSING])


def flags() -> list[tuple[str, str]]:
    """The flags of every command: as they are typed, and what they do."""
    said = [(_written(name), text) for name, (_, _, text) in GLOBAL_FLAGS.items()]
    return [*said, ("-h, --help", "this"), ("    --version", "which qctl this is")]


def explain_later(name: str) -> str:
    """What is said of a command whose name is taken and which does not exist yet."""
    return f"`qctl {name}` comes in a later version"


def _written(name: str) -> str:
    letter, kind, _ = GLOBAL_FLAGS[name]
    value = "" if kind != "text" else f" {_VALUES[name]}"
    return (f"-{letter}, " if letter else "    ") + f"--{name}{value}"
