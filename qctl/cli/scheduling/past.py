"""`schedule history` and `schedule missed`: what has become of each instant, and of which nothing has."""

from __future__ import annotations

from qctl.cli.accepted import as_they_stand, warn_of_fate
from qctl.cli.confirm import confirm
from qctl.cli.emit import emit_list, write
from qctl.cli.nobody_reads import warn_if_nobody_reads
from qctl.cli.scheduling.choosing import matching
from qctl.cli.scheduling.items import occurrence_item
from qctl.cli.scheduling.listing import last_jobs
from qctl.cli.scheduling.running import schedules, show
from qctl.cli.screens import schedules as screens
from qctl.cli.session import refuse_hidden_instance, server_name
from qctl.cli.stretch import begin_ms, stretch
from qctl.client.fleet import look_at_fleet
from qctl.client.scheduling import ManualRun, Scheduling, newest_of_each
from qctl.errors import QctlError, Refused, TryAgain
from qctl.model.occurrence import NOT_RUN, End, Occurrence
from qctl.model.schedule import Catchup
from qctl.model.show import count
from qctl.model.standing import unsettled
from qctl.model.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.client import Client, Receipt
    from qctl.client.fleet import Fleet
    from qctl.config import Config

_COLUMNS: Final = ("schedule", "at", "end", "job", "outcome", "run_s", "count", "manual", "note")
#: Ends of instants at which nothing ran, whatever the reason.
_DID_NOT: Final = frozenset(End) - {End.FIRED, End.MERGED}
#: … and those of them for which there was no reason that somebody wanted.
_SHOULD_HAVE: Final = NOT_RUN | {End.PAUSED}
#: What becomes of instants that passed without a beat, when one comes.
_MADE_UP: Final = {
    Catchup.NONE: "catchup is none, so none is made up for",
    Catchup.ONE: "one that comes runs the newest",
    Catchup.ALL: "one that comes runs each, oldest first",
}
_MOST: Final = 2000  #: rows of one ledger that are looked at
_AT_ONCE: Final = 50  #: ledgers


def history(here: Session, name: str, *, since: str | None, number: int) -> int:
    """The ledger of a schedule, newest first. Raises NotFound."""
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    begin, _ = stretch(since, None, here, here.zone_of_dates(config))
    with here.client(config) as client:
        reading = Scheduling(client).reading
        rows: list[tuple[str, Occurrence]] = []
        for one in _with_ledger(here, config, client, name):
            rows += [(one, row) for row in reading.ledger(one, number, begin)]
        rows = sorted(rows, key=lambda pair: -pair[1].at_ms)[:number]
        jobs = last_jobs(client, [row.job for _, row in rows if row.end in (End.FIRED, End.MERGED)])
        items = [occurrence_item(one, row, jobs.get(row.job)) for one, row in rows]
        where = server_name(client.instance)
    emit_list(here.settings, items, lambda: screens.history(items, where, here.out), columns=_COLUMNS, name="at")
    return 0


def missed(here: Session, name: str | None, *, since: str | None, run: bool, every: bool) -> int:
    """What should have run and did not; with `run` the newest of each schedule is run now. Raises NotFound.

    `every` shows what was skipped on purpose too; with `run` each is run.
    """
    config = here.config() if run else here.instance_config()
    refuse_hidden_instance(here, config)
    begin = begin_ms(since, here, here.zone_of_dates(config))
    with here.client(config) as client:
        scheduling = Scheduling(client)
        known = scheduling.reading.names()
        names = known if name is None else matching(here, config, known, name)
        ends = _DID_NOT if every and not run else _SHOULD_HAVE
        fleet = look_at_fleet(client)
        rows = list(_rows(scheduling, names, begin, ends))
        rows += _older(scheduling, fleet, set(names), begin) if since is None else []
        if run:
            return _run(here, config, client, rows, every=every)
        rows += [*_open(fleet, set(names), begin), *_unmanned(fleet, set(names))]
        rows.sort(key=lambda pair: (-pair[1].at_ms, pair[0]))
        items = [_item(one, row) for one, row in rows]
        where = server_name(client.instance)
    emit_list(
        here.settings,
        items,
        lambda: screens.missed(items, where, here.out, _SHOULD_HAVE),
        columns=_COLUMNS,
        name="schedule",
    )
    return 0


def _rows(
    scheduling: Scheduling, names: Sequence[str], begin: int, ends: Collection[End]
) -> Iterator[tuple[str, Occurrence]]:
    """Rows of instants at which nothing ran, those left out that somebody has made up for by hand."""
    for start in range(0, len(names), _AT_ONCE):
        ledgers = scheduling.reading.ledgers(names[start : start + _AT_ONCE], _MOST, begin)
        for name, rows in ledgers.items():
            made_up = {row.at_ms for row in rows if row.manual and row.end is End.FIRED}
            yield from ((name, row) for row in rows if row.end in ends and row.at_ms not in made_up)


def _older(scheduling: Scheduling, fleet: Fleet, names: Collection[str], begin: int) -> list[tuple[str, Occurrence]]:
    """What was missed earlier, of schedules that are still called missed for it."""
    found: list[tuple[str, Occurrence]] = []
    for known in fleet.of(Verdict.MISSED)[:_AT_ONCE]:
        last_ms = known.state.last_missed_ms
        if known.name in names and known.state.missed and last_ms is not None and last_ms < begin:
            rows = scheduling.reading.ledger(known.name, known.state.missed, until_ms=last_ms + 1, ends={End.MISSED})
            found += [(known.name, row) for row in rows]
    return found


def _unmanned(fleet: Fleet, names: Collection[str]) -> Iterator[tuple[str, Occurrence]]:
    """Jobs that schedules have fired, and that wait for a worker that is not there."""
    for known in fleet.schedules:
        for job in known.unmanned if known.name in names else ():
            at_ms = known.state.last_at_ms if job.job == known.state.last_job else None
            why = "its job waits for a worker that is not there"
            host = f": host {known.schedule.host}" if known.schedule is not None and known.schedule.host else ""
            row = Occurrence(at_ms=at_ms or job.since_ms, end=End.FIRED, job=job.job, note=f"{why}{host}")
            yield known.name, row


def _open(fleet: Fleet, names: Collection[str], begin: int) -> list[tuple[str, Occurrence]]:
    """Instants that are over and of which no beat has said what became of them: one row of each schedule."""
    found = []
    for known in fleet.schedules:
        if known.name not in names or known.schedule is None or known.zone is None or known.state.disabled:
            continue
        dues = unsettled(known.schedule, known.state, known.zone, fleet.now_ms, seed=known.seed)
        dues = [due for due in dues if due.ms >= begin] if known.schedule.enabled else []
        if dues:
            made_up = _MADE_UP[known.schedule.catchup]
            why = "no beat has looked at it yet" if fleet.beats else f"no beat runs: {made_up}"
            since = dues[0].ms if len(dues) > 1 else None
            row = Occurrence(at_ms=dues[-1].ms, end=End.MISSED, note=why, count=len(dues), since_ms=since)
            found.append((known.name, row))
    return found


def _item(name: str, row: Occurrence) -> dict[str, Any]:
    """A row; one that no beat has written, for it has not been recorded, is `open`."""
    item = occurrence_item(name, row, None)
    return item if row.recorded_ms else {**item, "end": "open"}


def _run(here: Session, config: Config, client: Client, rows: Sequence[tuple[str, Occurrence]], *, every: bool) -> int:
    """Run what was missed: the newest of each schedule, or with `every` each, oldest first. Asks before."""
    scheduling = Scheduling(client)
    should = [(name, row) for name, row in rows if row.end in _SHOULD_HAVE]
    wanted = sorted(should, key=lambda pair: pair[1].at_ms) if every else list(newest_of_each(should).items())
    names = sorted({name for name, _ in wanted})
    of_name = {one.name: one for one in schedules(here, config, scheduling.reading.states(names))}
    runs = [ManualRun(schedule=of_name[name], at_ms=row.at_ms) for name, row in wanted if name in of_name]
    if here.settings.dry_run:
        return show(here, runs, as_list=True)
    if not runs:
        emit_list(here.settings, [], list)
        here.say("nothing that was missed is there to run")
        return 0
    confirm(here, f"{count(len(runs), 'job')} of {count(len(names), 'schedule')} will be queued now.")
    receipts = _queued(here, scheduling, runs)
    if here.settings.for_programs:
        emit_list(here.settings, as_they_stand(client, receipts, here), list)
    try:
        warn_if_nobody_reads(client, [receipt.queue for receipt in receipts], here)
    except QctlError as error:
        warn_of_fate([receipt.id for receipt in receipts], error, here)
    return int(len(receipts) < len(runs))


def _queued(here: Session, scheduling: Scheduling, runs: Sequence[ManualRun]) -> list[Receipt]:
    """Queue one after the other, its id written as soon as it is; what is refused is warned of."""
    receipts = []
    for one in runs:
        try:
            receipts.append(scheduling.run(one))
        except (Refused, TryAgain) as error:
            here.warn(f"{one.schedule.name} was not queued: {error}")
            continue
        if not here.settings.for_programs:
            write(receipts[-1].id)
    return receipts


def _with_ledger(here: Session, config: Config, client: Client, name: str) -> list[str]:
    """The schedules that are meant; one that was withdrawn has its past still."""
    reading = Scheduling(client).reading
    if reading.ledger(name, 1):
        return [name]
    return matching(here, config, reading.names(), name)
