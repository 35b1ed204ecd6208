"""Puts a worker together: every duty gets what it needs here, and nothing is looked up later."""

from __future__ import annotations

from typing import Protocol

from qctl.classes import dataclass
from qctl.config import Watch
from qctl.engine.attention import Attention
from qctl.engine.backlog import Backlog, Durations
from qctl.engine.claiming import Claiming
from qctl.engine.coldstart import ColdStart
from qctl.engine.crew import Crew
from qctl.engine.delivering import Delivering
from qctl.engine.departure import Departure
from qctl.engine.enforcement import Enforcement
from qctl.engine.heartbeat import Heartbeat
from qctl.engine.housekeeping import Forget, Promote
from qctl.engine.intake import Intake
from qctl.engine.limits import Limits
from qctl.engine.liveoutput import LiveOutput
from qctl.engine.lookout import Lookout
from qctl.engine.mending import Mend
from qctl.engine.outbox import Outbox
from qctl.engine.place import line_of, station_of
from qctl.engine.processes.kernel import OomKills
from qctl.engine.questions import Questions
from qctl.engine.recalling import FirstStarts
from qctl.engine.receiving import Receiving
from qctl.engine.reclaim import Reclaim
from qctl.engine.registration import Registration
from qctl.engine.reload import Reload
from qctl.engine.revival import Revival
from qctl.engine.selection import read_selection
from qctl.engine.settling import Settling
from qctl.engine.sizing import Sizing, bounds
from qctl.engine.supervision import Supervision
from qctl.engine.tracking import Tracking
from qctl.engine.turn import Turn
from qctl.later import later
from qctl.store.gathering import Gathering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from selectors import BaseSelector

    from qctl.config import Config
    from qctl.engine.beat import Beat
    from qctl.engine.options import WorkerOptions
    from qctl.engine.processes.plan import PoolPlan
    from qctl.engine.sdnotify import Notifier
    from qctl.engine.selection import Selection
    from qctl.engine.station import Station
    from qctl.store import Address
else:
    Beat = later("qctl.engine.beat", "Beat")  # most workers have none


class Duty(Protocol):
    """One thing that a worker does now and then."""

    def next_due(self) -> float:
        """Monotonic time at which to be asked; infinite: not before something happens."""

    def run_once(self, now: float) -> None:
        """Do what is due. Never waits."""


@dataclass(frozen=True, slots=True)
class Parts:
    """One worker, put together."""

    station: Station
    crew: Crew
    claiming: Claiming
    turn: Turn
    intake: Intake
    registration: Registration
    heartbeat: Heartbeat
    reload: Reload
    departure: Departure
    attention: Attention
    sizing: Sizing
    supervision: Supervision
    revival: Revival
    lookout: Lookout
    cold_start: ColdStart
    duties: tuple[Duty, ...]  #: in the order in which they are asked


def assemble(
    options: WorkerOptions,
    config: Config,
    address: Address,
    selector: BaseSelector,
    plan: Callable[[Config], PoolPlan],
    notifier: Notifier,
    *,
    embedded: bool,
) -> Parts:
    """Put a worker together. Nothing is connected and no process is started yet."""
    station = _station(options, config, address, selector, embedded=embedded)
    ear = line_of(address, selector, station.dice, options.lease)
    slots, selection = bounds(options)[0], read_selection(options.queues, options.only, station.identity.host)
    outbox, limits, durations, live = Outbox(), Limits(), Durations(), LiveOutput(station)
    backlog, tracking = Backlog(slots, durations), Tracking(station, outbox, limits, durations, live, OomKills())
    crew = Crew(station, slots, plan, selector, tracking.heard, durations)
    intake = Intake(station, crew, outbox, backlog)
    claiming, settling = Claiming(station, backlog, selection, intake.accept), Settling(station, outbox)
    turn = Turn(station, claiming, settling)
    sizing = Sizing(station, crew, backlog, options, turn.look)
    registration = Registration(station, selection, sizing, options)
    heartbeat, reload = Heartbeat(station, intake.stop), Reload(station, Watch(config), station.clock())
    lookout, cold_start = Lookout(address, selector, (station.line, ear)), ColdStart(station, crew, options)
    promote, reclaim, revival = Promote(station, turn.look), Reclaim(station), Revival(station)
    intake.on_missing, reload.on_taken = reload.look, crew.renew
    departure, supervision = Departure(station, intake, turn), Supervision(station, crew, registration, notifier)
    attention = Attention(station, ear, selection, crew, sizing, turn, options)
    tracking.on_asked, claiming.on_more = Questions(station, crew).asked, sizing.work_waits
    claiming.on_due, settling.on_due, heartbeat.on_peers = promote.due_at, promote.due_at, reclaim.heard
    duties: tuple[Duty, ...] = (
        station.line, ear, registration, heartbeat, crew, Enforcement(station, limits, crew.run_once, crew.stop),
        intake, *_fetching(station, intake, tracking), promote, reclaim, live, *_chores(station, selection),
        revival, lookout, cold_start, reload, departure, attention, sizing, supervision,
        *_beats(station, options, departure),
    )  # fmt: skip
    return Parts(
        station, crew, claiming, turn, intake, registration, heartbeat, reload, departure, attention, sizing,
        supervision, revival, lookout, cold_start, duties,
    )  # fmt: skip


def _fetching(station: Station, intake: Intake, tracking: Tracking) -> tuple[Duty, ...]:
    """What fetches for claims what they do not bring: for steps of workflows, and for later attempts."""
    first_starts = FirstStarts(station, tracking.recalled)
    intake.on_later = first_starts.expect
    receiving = Receiving(station, lambda workflow, source: Gathering(station.verbs.keys).input(workflow, source))
    intake.on_receiver = receiving.expect
    receiving.on_arrived, receiving.on_refused = intake.dispatch, tracking.refused
    return first_starts, receiving


def _beats(station: Station, options: WorkerOptions, departure: Departure) -> list[Beat]:
    """The beat of a worker that has one. It says that it goes before the worker does."""
    beats = [Beat(station, in_worker=True, spread=options.spread)] if options.beat else []
    for beat in beats:
        departure.before_sign_off = beat.leave
    return beats


def _chores(station: Station, selection: Selection) -> tuple[Duty, ...]:
    """What any worker does now and then for the whole namespace."""
    now = station.clock()
    return Forget(station, now), Mend(station, now), Delivering(station, selection, now)


def _station(
    options: WorkerOptions, config: Config, address: Address, selector: BaseSelector, *, embedded: bool
) -> Station:
    return station_of(
        options,
        config,
        address,
        selector,
        what="worker",
        lease=options.lease,
        drain_timeout=options.drain_timeout,
        embedded=embedded,
    )
