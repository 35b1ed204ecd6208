"""Where the settings of [qctl] were written: for each key the file and line that it has its value from."""

from __future__ import annotations

from typing import NamedTuple

from qctl.config.locating import Lines
from qctl.config.source import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qctl.config.values import Config


class Written(NamedTuple):
    """A key of [qctl] as somebody wrote it."""

    value: Any
    file: str
    line: int


def written(config: Config) -> dict[str, Written]:
    """The keys of [qctl] that files of the configuration set; those of a table in a key as `retention.age`.

    Of a list that several files add to it is the first. Raises BadFile for a file that cannot be read any more.
    """
    found: dict[str, Written] = {}
    for file in config.files or filter(None, (config.file,)):
        source = read(file)
        lines = Lines(source.text)
        for path, value in _keys(source.document.get("qctl", {})):
            found.setdefault(".".join(path), Written(value, file, lines.of(("qctl", *path))))
    return found


def _keys(table: Mapping[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    rows: list[tuple[tuple[str, ...], Any]] = []
    for name, value in table.items():
        inner = value.items() if isinstance(value, dict) else ()
        rows += [((name, below), each) for below, each in inner] or [((name,), value)]
    return rows
