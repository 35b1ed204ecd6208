"""`qctl help config`: every key of tasks.toml, as its readers, its schema and the README's table have them."""

from __future__ import annotations

from itertools import groupby

from qctl.cli.manual.page import Section
from qctl.cli.topics.topic import Topic
from qctl.config.keys import every_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.cli.manual.page import Row
    from qctl.config.keys import Key

_OPENING: Final = """\
tasks.toml declares tasks, workflows and their schedules. It is the file that
--file or QCTL_FILE names, the nearest one from the current folder upwards,
~/.config/qctl/tasks.toml or /etc/qctl/tasks.toml: the first found is the only
one. A key that is not here is an error, and `qctl check` names its line.

  [tasks.backup-db]
  doc = "Dump the main database"
  run = 'pg_dump "$name" | gzip > "/srv/backup/$name.gz"'
  params.name = { type = "str", default = "main" }
  retries = 3
  schedule = "30 2 * * *"

Durations are "90s", "5m", "1h30m", "2d" or seconds, sizes "256KB", "10MB" or
bytes. A relative path is relative to the file that holds it. A date without a
zone is in `timezone` of [qctl].

  qctl check                what is wrong, with line and column
  qctl config --origin      the settings in force, and where each comes from
  qctl schema               the JSON Schema, for an editor

"""

_HEADERS: Final = {"tasks.NAME.schedule": "[tasks.NAME.schedule], or of a workflow: a text, a table or a list of both"}


def _rows(keys: Iterator[tuple[str, Key]], table: str) -> Iterator[Row]:
    for place, key in keys:
        below = place.removeprefix(table).strip(".")
        facts = ", ".join(filter(None, [key.type, f"default: {key.default}" if key.default else ""]))
        yield f"{below}.{key.name}" if below else key.name, key.meaning + (f" ({facts})" if facts else "")


def _tables() -> Iterator[Section]:
    """A section for each table; the keys of a table in a key stand behind that key."""
    for table, held in groupby(every_key(), lambda pair: _table_of(pair[0])):
        yield Section(_HEADERS.get(table, f"[{table}]"), tuple(_rows(held, table)))


def _table_of(place: str) -> str:
    inner = ("retention", "limits", "output", "keep")
    return place.rpartition(".")[0] if place.rpartition(".")[2] in inner else place


TASKS_FILE: Final = Topic("the keys of tasks.toml, by table", (_OPENING, *_tables()))
