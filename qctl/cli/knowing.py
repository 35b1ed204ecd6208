"""Tasks that the caller's files do not declare: of Python modules, or of another host's file. Workers tell of them.

Nothing is imported for it. Who has a file without `modules` means the tasks that it declares, and asks nobody.
"""

from __future__ import annotations

from functools import partial

from qctl.client.opening import NothingRunning
from qctl.config.places import run_directory
from qctl.errors import NotFound, QctlError
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qctl.cli.session import Session
    from qctl.client.catalogs import unimportable
    from qctl.client.knowing import Known
    from qctl.config import Config
    from qctl.config.offering import remember
    from qctl.model.task import Task
else:
    Known = later("qctl.client.knowing", "Known")
    remember = later("qctl.config.offering", "remember")
    unimportable = later("qctl.client.catalogs", "unimportable")


def with_told(here: Session, config: Config, names: Iterable[str]) -> Config:
    """The configuration with the tasks of these names that it does not declare, as live workers tell of them.

    Raises RedisUnreachable where there is somebody to ask who cannot be reached, and NotFound for a task of a module
    that a worker could not import.
    """
    if not _others_may_know(here, config):
        return config
    broken: dict[str, str] = {}
    wanted = list(names)
    known = Known(config, partial(_told, here, config, broken)).with_tasks(wanted)
    remember(known, here.environ)
    for name in wanted:
        if known.known(name) is None and (module := _module_of(name, broken)) is not None:
            raise NotFound(f"no task `{name}`: {broken[module]}", help="qctl doctor        names what workers lack")
    return known


def _module_of(name: str, modules: Iterable[str]) -> str | None:
    """That of these modules which would declare a task of this name."""
    return next((module for module in modules if name.startswith(f"{module}.")), None)


def with_all_told(here: Session, config: Config) -> Config:
    """The configuration with all tasks that it does not declare. Where nobody can be asked, that is said on stderr."""
    if not _others_may_know(here, config):
        return config
    try:
        told = _told(here, config)
    except QctlError as error:
        here.warn(f"which tasks workers know is not known: {error}")
        return config
    if config.modules and not told:
        here.say(f"tasks of {', '.join(config.modules)} are known once a worker runs: qctl up -d")
    known = Known(config, lambda: told).with_tasks(told)
    remember(known, here.environ)
    return known


def _others_may_know(here: Session, config: Config) -> bool:
    inside = run_directory(here.environ) is not None  # a job reaches no Redis
    return not inside and not config.declares_all


def _told(here: Session, config: Config, broken: dict[str, str] | None = None) -> Mapping[str, Task]:
    """The tasks that workers tell of; `broken` gets, by module, why a worker could not import it."""
    try:
        with here.client(config, start=False) as client:
            if broken is not None:
                broken |= unimportable(client.live_workers())
            return client.told_tasks()
    except NothingRunning:
        return {}
