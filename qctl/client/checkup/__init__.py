"""A check-up of an installation: ordered checks, each a finding with the command that helps.

It starts and changes nothing.

Owns what is looked at and in which order. The judgement of what a server says is `model.server_judging`. Knows nothing
of how findings are shown.
"""

from __future__ import annotations

from functools import partial

from qctl.classes import dataclass
from qctl.client.checkup.configuration import look_at_files, look_at_output_files
from qctl.client.checkup.crontab import look_at_crontab
from qctl.client.checkup.host import look_at_host
from qctl.client.checkup.instances import look_at_instances
from qctl.client.checkup.place import look_at_disk
from qctl.client.checkup.schedules import look_at_schedules
from qctl.client.checkup.server import NO_INSTANCE, look_at_server, unreachable
from qctl.client.checkup.work import look_at_work
from qctl.client.opening import open_client
from qctl.config.timetable import schedules
from qctl.errors import QctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qctl.client.asking import Client
    from qctl.config import Config
    from qctl.config.report import Report
    from qctl.model.finding import Finding
    from qctl.model.schedule import Schedule

__all__ = ["Patient", "check_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is looked at."""

    report: Report  #: what `qctl check` has found
    config: Config | None  #: None: it cannot be said for certain which instance is meant
    redis: str | None  #: named beside the file
    namespace: str | None
    timeout: float  #: seconds for each question to the server
    unicode: bool  #: does the caller's locale speak UTF-8
    zone: str = "UTC"  #: of this host: in which a schedule is meant that says none

    @property
    def schedules(self) -> dict[str, Schedule]:
        """Those of the configuration, by name."""
        if self.config is None:
            return {}
        space = self.namespace or self.config.namespace
        return {one.name: one for one in schedules(self.config, space, self.zone)}


def check_up(patient: Patient) -> Iterator[Finding]:
    """Look at everything, in order. What cannot be looked at is a finding too."""
    yield from look_at_host(unicode=patient.unicode)
    yield look_at_files(patient.report)
    if patient.config is not None:
        yield look_at_output_files(patient.config)
        yield look_at_crontab(patient.config)
    yield look_at_instances(patient.redis or (patient.config.redis if patient.config else None))
    yield look_at_disk()
    if patient.config is None:
        yield NO_INSTANCE
        return
    try:
        opened = open_client(patient.config, patient.redis, patient.namespace, patient.timeout, start=False)
    except QctlError as error:
        yield unreachable(error)
        return
    with opened as client:
        yield from _of_client(client, patient.schedules)


def _of_client(client: Client, declared: Mapping[str, Schedule]) -> Iterator[Finding]:
    """What the server must answer for; as soon as it does not, nothing more is asked."""
    parts = (partial(look_at_server, client), partial(look_at_work, client))
    for look in (*parts, partial(look_at_schedules, client, declared)):
        try:
            yield from look()
        except QctlError as error:
            yield unreachable(error)
            return
