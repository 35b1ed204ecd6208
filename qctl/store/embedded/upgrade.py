"""Handing a directory's data to another version: recorded before it starts, copied before it changes anything."""

from __future__ import annotations

import os

from qctl.store.embedded.record import CHOSEN, Chosen, read_chosen, sync_directory, write_chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Final

    from qctl.store.embedded.program import Program

_COPY: Final = "before-"
_CHUNK: Final = 1024 * 1024


def hand_over(directory: Path, program: Program) -> None:
    """Make `program` the one that may open the data from now on.

    When an older version wrote them, `before-VERSION/` gets a copy first, in place of any earlier one: a newer server
    rewrites the files in its own way, after which the older one cannot read them.
    """
    before = read_chosen(directory)
    now = Chosen(program.flavour, program.version)
    if before == now:
        return
    if before is not None and any(_data(directory)):
        _copy(directory, directory / f"{_COPY}{'.'.join(map(str, program.version))}")
    write_chosen(directory, now)


def data_size(directory: Path) -> int:
    """Bytes in the append-only files, their list apart."""
    return sum(path.stat().st_size for path in _data(directory) if path.suffix != ".manifest")


def _data(directory: Path) -> Iterator[Path]:
    for place, pattern in ((directory, "appendonly.aof*"), (directory / "appendonlydir", "*"), (directory, "*.rdb")):
        yield from (path for path in sorted(place.glob(pattern)) if path.is_file())


def _copy(directory: Path, target: Path) -> None:
    fresh = target.with_name(f"{target.name}.new")
    _remove(fresh)
    for source in (*_data(directory), directory / CHOSEN):
        if source.exists():
            _copy_file(source, fresh / source.relative_to(directory))
    for earlier in directory.glob(f"{_COPY}*"):
        if earlier != fresh:
            _remove(earlier)
    fresh.rename(target)
    sync_directory(directory)


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with source.open("rb") as reading, open(opened, "wb") as writing:
        while chunk := reading.read(_CHUNK):
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    sync_directory(target.parent)


def _remove(folder: Path) -> None:
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(place, name))
        for name in folders:
            os.rmdir(os.path.join(place, name))
    if folder.exists():
        folder.rmdir()
