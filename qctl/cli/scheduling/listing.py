"""`schedule list`: the schedules of the file at hand and those of the instance, side by side."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.cli.emit import emit_list
from qctl.cli.failure import masked
from qctl.cli.scheduling.items import Row, schedule_item
from qctl.cli.scheduling.naming import by_name
from qctl.cli.screens import schedules as screens
from qctl.cli.session import refuse_hidden_instance, server_name
from qctl.cli.watching import Listed, Seen, watch
from qctl.client.fleet import look_at_fleet
from qctl.errors import RedisUnreachable
from qctl.model.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final, NoReturn

    from qctl.cli.session import Session
    from qctl.cli.terminal import Look
    from qctl.client import Client
    from qctl.client.fleet import Fleet, Known
    from qctl.config import Config
    from qctl.model.job import Job

_COLUMNS: Final = (
    *("name", "task", "schedule", "timezone", "next_at", "standing", "enabled", "failures", "missed"),
    *("declared", "taken_up", "why", "drift"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: the instance, or why there is none to read."""

    fleet: Fleet | None
    jobs: Mapping[str, Job]  #: by id, those that schedules fired last
    where: str


def watch_schedules(here: Session, *, every: bool) -> NoReturn:
    """List them again and again. Raises RedisUnreachable without a server."""
    config = here.instance_config()
    refuse_hidden_instance(here, config)

    def look_again(now: Look) -> Seen:
        found = read(here, config)
        items = _items(_kept(rows_of(here, config, found), every=every), found, now)
        return Seen(
            items=items,
            lines=lambda: screens.schedules(items, found.where, now),
            told=lambda item: screens.change(item, now),
        )

    command = "qctl schedule list"
    watch(here, Listed(look=look_again, command=command, name="name", columns=_COLUMNS, restless=("why", "drift")))


def list_schedules(here: Session, *, every: bool) -> int:
    """List them. Without a server those of the file are listed, and that is said."""
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    found = look(here, config)
    rows = rows_of(here, config, found)
    kept = _kept(rows, every=every)
    items = _items(kept, found, here.out)
    emit_list(
        here.settings,
        items,
        lambda: screens.schedules(items, found.where, here.out),
        columns=_COLUMNS,
        name="name",
    )
    hidden = len(rows) - len(kept)
    if hidden and not here.settings.for_programs:
        here.say(f"{hidden:,} that the file disables are left out: --all")
    unlisted = config.broken.keys() - {str(item["task"]) for item in items}
    if unlisted:
        here.warn(f"without the schedules of {', '.join(sorted(unlisted))}, which cannot be used: qctl check")
    if found.fleet is not None and not found.fleet.beats and rows:
        here.warn("no beat runs: nothing fires them. `qctl up -d` starts a worker with one, `qctl beat` one alone")
    return 0


def _kept(rows: Sequence[Row], *, every: bool) -> list[Row]:
    """Those that are listed: what the file disables is not, unless it is asked for."""
    return [row for row in rows if every or row.standing != Verdict.OFF.value or _by_hand(row)]


def _items(rows: Iterable[Row], found: Found, now: Look) -> list[dict[str, Any]]:
    now_ms = found.fleet.now_ms if found.fleet is not None else now.now_ms
    items = (schedule_item(row, now_ms) for row in rows)
    return sorted(items, key=lambda item: (item["next_at"] or "~", item["name"]))


def read(here: Session, config: Config) -> Found:
    """Read the instance. Raises RedisUnreachable if there is none."""
    with here.client(config, start=False) as client:
        fleet = look_at_fleet(client)
        jobs = last_jobs(client, [known.state.last_job for known in fleet.schedules])
        return Found(fleet, jobs, server_name(client.instance))


def look(here: Session, config: Config) -> Found:
    """Read the instance, if there is one; else say so."""
    try:
        return read(here, config)
    except RedisUnreachable as error:
        why = masked(str(error)).split("\n")[0]
        here.warn(f"{why}: only what the file says is listed")
        return Found(None, {}, config.file or "no tasks.toml")


def rows_of(here: Session, config: Config, found: Found) -> list[Row]:
    """All schedules that there are, by name."""
    of_file = by_name(config, here)
    of_store = {known.name: known for known in found.fleet.schedules} if found.fleet is not None else {}
    return [
        Row(
            name=name,
            declared=of_file.get(name),
            known=(known := of_store.get(name)),
            last=found.jobs.get(known.state.last_job) if known is not None else None,
            looked=found.fleet is not None,
            broken=_broken(config, known),
        )
        for name in sorted(of_file | of_store)
    ]


def _broken(config: Config, known: Known | None) -> str:
    problems = config.broken.get(str(known.state.definition.get("task"))) if known is not None else None
    return problems[0].message if problems else ""


def last_jobs(client: Client, ids: Iterable[str]) -> dict[str, Job]:
    """Jobs by id; what is gone is missing."""
    wanted: Sequence[str] = [job for job in ids if job]
    return {job.id: job for job in client.reading.jobs(wanted)}


def _by_hand(row: Row) -> bool:
    return row.known is not None and row.known.state.disabled is not None
