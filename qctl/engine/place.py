"""From the options that a worker and a beat have in common to the place that each has for itself."""

from __future__ import annotations

from random import Random

from qctl import clock
from qctl.classes import dataclass
from qctl.engine.identity import identify
from qctl.engine.journal import Journal, Level
from qctl.engine.lease import Lease
from qctl.engine.line import PATIENCE, Line
from qctl.engine.shutdown import Shutdown
from qctl.engine.station import Station
from qctl.store import Keys, Verbs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from selectors import BaseSelector
    from typing import Final

    from qctl.config import Config
    from qctl.model.address import Address

SPREAD: Final = 3.0  #: seconds between the starts of two schedules that a beat makes up for (C8)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOptions:
    """The flags of `qctl worker` and of `qctl beat`, read and typed."""

    redis: str | None = None  #: URL; None: as the configuration says, else the embedded server
    namespace: str | None = None  #: None: as the configuration says
    name: str | None = None  #: the label; None: the host's name and the pid
    level: Level = Level.INFO
    json_logs: bool = False
    log_to: int = 2  #: descriptor of the process's own log


def station_of(
    options: PlaceOptions,
    config: Config,
    address: Address,
    selector: BaseSelector,
    *,
    what: str,
    lease: float,
    drain_timeout: float,
    embedded: bool,
) -> Station:
    """The place of a process, which its log calls a `what`. Nothing is connected yet."""
    dice = Random()  # noqa: S311 - jitter, not secrets
    identity = identify(options.name)
    journal = Journal(options.log_to, level=options.level, as_json=options.json_logs)
    journal.context[what] = identity.label
    return Station(
        identity=identity,
        config=config,
        verbs=Verbs(Keys(options.namespace or config.namespace)),
        line=line_of(address, selector, dice, lease),
        journal=journal,
        lease=Lease(lease, clock.monotonic()),
        shutdown=Shutdown(drain_timeout),
        dice=dice,
        embedded=embedded,
    )


def line_of(address: Address, selector: BaseSelector, dice: Random, lease: float) -> Line:
    """A connection that is given up for another long before the lease has passed."""
    return Line(address, selector, dice, min(PATIENCE, lease / 3))
