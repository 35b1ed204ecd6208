"""What `qctl` and `qctl --help` say.

Nothing is imported here but the table: root help costs what Python costs.
"""

from __future__ import annotations

from qctl.cli.table import COMMANDS, GLOBAL_FLAGS, GROUPS

_OPENING = """\
qctl runs the scripts of a server: declared once, run now or later, followed.

  qctl init                                  write a first tasks.toml
  qctl run hello name=world --wait           run a task and wait for its end
  qctl run -- rsync -a /srv/a/ /srv/b/       run any command as a job
  qctl run 'dump | [gzip, sum] | upload'     a workflow
  qctl ps                                    what waits and runs
  qctl logs -f @last                         follow the newest job

usage: qctl [FLAGS] COMMAND ...                 qctl COMMAND --help says more
"""

_CLOSING = """\
More: qctl help exit-codes | environment | dates | query
"""


def help_text() -> str:
    """The whole of `qctl --help`."""
    parts = [_OPENING]
    for group in GROUPS:
        rows = [(row.name, row.help) for row in COMMANDS if row.group == group and row.module]
        if rows:
            parts.append(group + "\n" + "".join(f"  {name:<11}{line}\n" for name, line in rows))
    flags = [(_written(name), text) for name, (_, _, text) in GLOBAL_FLAGS.items()]
    flags += [("-h, --help", "this"), ("    --version", "which qctl this is")]
    parts.append("Flags, before or after the command\n" + "".join(f"  {name:<24}{text}\n" for name, text in flags))
    later = " ".join(row.name for row in COMMANDS if not row.module)
    parts.append("In later versions\n" + _wrapped(later))
    return "\n".join([*parts, _CLOSING])


def explain_later(name: str) -> str:
    """What is said of a command whose name is taken and which does not exist yet."""
    return f"`qctl {name}` comes in a later version"


def _written(name: str) -> str:
    letter, kind, _ = GLOBAL_FLAGS[name]
    value = "" if kind != "text" else " ..."
    return (f"-{letter}, " if letter else "    ") + f"--{name}{value}"


def _wrapped(words: str) -> str:
    lines, line = [], " "
    for word in words.split():
        if len(line) + len(word) > 76:
            lines.append(line)
            line = " "
        line += " " + word
    return "\n".join([*lines, line, ""])
