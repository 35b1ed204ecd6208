"""Which schedules of an instance are meant: by name, a task's on all its hosts, or all there are."""

from __future__ import annotations

from qctl.cli.scheduling.naming import declared
from qctl.errors import NotFound, UsageError
from qctl.model.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qctl.cli.session import Session
    from qctl.config import Config


def chosen(
    here: Session, config: Config, known: Collection[str], names: Sequence[str], *, every: bool, word: str
) -> list[str]:
    """The names of the schedules that are meant. Raises UsageError and NotFound."""
    if every == bool(names):
        raise UsageError(f"name the schedules to {word}, or say --all", help="qctl schedule list")
    if every:
        return sorted(known)
    found: list[str] = []
    for name in names:
        found += matching(here, config, known, name)
    return list(dict.fromkeys(found))


def matching(here: Session, config: Config, known: Collection[str], name: str) -> list[str]:
    """The schedule of a name, or those of it on each of several hosts. Raises NotFound."""
    if name in known:
        return [name]
    if each := sorted(one for one in known if one.partition("@")[0] == name):
        return each
    if several := sorted(one for one in known if one.partition(".")[0] == name):
        raise UsageError(f"task {name} has {len(several)} schedules: {', '.join(several)}", help="name one of them")
    every = declared(config, here)
    if any(name in (one.name, *(schedule.name for schedule in one.schedules)) for one in every):
        raise NotFound(
            f"schedule {name} is declared, and no beat has taken it up",
            help=f"qctl up -d\nqctl schedule edit {name} --set enabled=false        so that none does",
        )
    meant = did_you_mean(name, [*known, *(one.name for one in every)])
    raise NotFound(f"no schedule `{name}`{meant}", help="qctl schedule list")
