"""Records that nobody could read, set aside by a worker: what stands in them, and their removal."""

from __future__ import annotations

from qctl.cli.confirm import confirm
from qctl.cli.emit import write
from qctl.errors import NoSuchJob
from qctl.model.show import count, duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.cli.session import Session
    from qctl.client import Client
    from qctl.client.terms import Aside


class RecordSetAside(NoSuchJob):
    """nobody could read the record of job {id}: it was set aside, and goes in {left}"""

    help = "qctl rm {id}        removes it now"


def records_aside(client: Client, ids: Sequence[str]) -> list[Aside]:
    """Those of these ids whose records were set aside, and that are of no job since."""
    return [
        aside for aside in client.inspection.asides(list(dict.fromkeys(ids))) if not client.reading.exists(aside.id)
    ]


def show_aside(here: Session, client: Client, ids: Sequence[str]) -> None:
    """Write what stands in the first of these records that was set aside. Raises RecordSetAside if one was."""
    for aside in records_aside(client, ids):
        if not here.settings.for_programs:
            for name, value in aside.holds.items():
                text = here.out.safe(value.decode("utf-8", "backslashreplace"))
                write(f"{here.out.safe(name)}  {text}" if name else text)
        raise RecordSetAside(id=aside.id, left=duration(aside.left_ms / 1000))


def remove_aside(here: Session, client: Client, asides: Sequence[Aside]) -> list[dict[str, Any]]:
    """Remove them, with --dry-run not, and answer as `qctl.removed/1`. It asks before."""
    if asides:
        here.say(f"{count(len(asides), 'record')} that nobody could read")
        if not here.settings.dry_run:
            confirm(here, f"Remove {count(len(asides), 'record')}?")
            client.remove([aside.id for aside in asides])
    return [
        {"schema": "qctl.removed/1", "id": aside.id, "task": None, "answer": "OK", "outcome": None} for aside in asides
    ]
