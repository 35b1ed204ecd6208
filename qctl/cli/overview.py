"""Bare `qctl`: the state of the world on one screen. It starts nothing, and answers within a bounded time."""

from __future__ import annotations

from qctl import __version__
from qctl.cli.deadline import within
from qctl.cli.emit import as_json, write
from qctl.cli.failure import masked
from qctl.cli.instance import fleet_facts, worker_item
from qctl.cli.screens import overview as screens
from qctl.cli.screens.overview import Overview
from qctl.cli.session import open_session
from qctl.client import open_client
from qctl.client.opening import NothingRunning
from qctl.client.overview import look_around
from qctl.client.server import SYSTEM_STATE, hidden_system_instance, shown_url
from qctl.client.troubles import troubles
from qctl.config import list_tasks
from qctl.errors import QctlError
from qctl.model.view import job_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.invocation import Invocation
    from qctl.cli.screens.overview import Advice
    from qctl.cli.session import Session
    from qctl.client.overview import World
    from qctl.config import Config

_PATIENCE: Final = 2.0  #: seconds, however long a single answer of Redis may take
_FEW: Final = 4


def overview(invocation: Invocation) -> int:
    """Show it."""
    here = open_session(invocation, ("table", "wide", "json", "jsonl", "name"))
    found = _look(here)
    if here.settings.for_programs:
        write(as_json(_document(found)))
    elif here.settings.quiet or here.settings.output == "name":
        for task in found.tasks:
            write(str(task["name"]))
    else:
        for line in screens.overview(found, here.out):
            write(line)
    return 0


def _look(here: Session) -> Overview:
    config, error = here.config_to_look_by()
    problem = str(error) if error is not None else _first_problem(config)
    problem = problem.partition("\n")[0].removeprefix(f"{here.folder}/")
    world, why = None, "not looked at: tasks.toml does not say for certain which server is meant"
    if config is not None:
        world, why = _world(here, config)
    tasks = list_tasks(config) if config is not None else []
    file = config.file if config is not None else here.settings.file or "tasks.toml"
    return Overview(file, tasks, world, why, problem, advice(file, tasks, world, problem, why))


def _first_problem(config: Config | None) -> str:
    """What is wrong with a task, of a file that is in force."""
    first = config.problems[0] if config is not None and config.problems else None
    return f"{first.place}: {first.message}" if first else ""


def _world(here: Session, config: Config) -> tuple[World | None, str]:
    chosen = here.settings
    timeout = min(chosen.redis_timeout, _PATIENCE)

    def ask() -> World:
        with open_client(config, chosen.redis, chosen.namespace, timeout, start=False) as client:
            return look_around(client, _FEW)

    try:
        return within(timeout, ask), ""
    except NothingRunning:
        if hidden_system_instance():
            return None, f"none of yours runs; {SYSTEM_STATE} is root's, which you may not read: sudo qctl"
        return None, "none is running; the first job or `qctl up -d` starts one"
    except QctlError as error:
        return None, _silent(here, config, error) or masked(str(error)).split("\n")[0]


def _silent(here: Session, config: Config, error: QctlError) -> str:
    """Of a server that took the connection and said nothing: which one, before what is cut off on a narrow terminal."""
    _, found, how_long = str(error).partition("no answer within ")
    url = here.settings.redis or config.redis
    name = shown_url(url) if url else "the embedded server"
    return f"no answer within {how_long} from {name}" if found else ""


def advice(
    file: str, tasks: Sequence[Mapping[str, Any]], world: World | None, problem: str, why: str = ""
) -> list[Advice]:
    """Four commands to try, those first that help now. `why` there is no world to be seen."""
    ready = [task for task in tasks if task["usable"] and task["enabled"] and not _needs(task)]
    found: list[Advice] = []
    found += [("qctl check", "what is wrong in tasks.toml")] if problem else []
    if why.startswith("no answer"):
        found += [("qctl doctor", "looks into it"), ("qctl config --origin", "which server is meant, and what says so")]
        return [*found, ("qctl --help", "all there is")]
    found += [] if file else [("qctl init", "writes a first tasks.toml")]
    manned = world is not None and bool(world.health.workers)
    found += [("qctl up -d", "starts a worker in the background")] if file and not manned else []
    bad = troubles(world.fleet) if world else []
    found += [("qctl status", bad[0][0])] if bad and manned else []
    found += [("qctl errors", "what failed, and why")] if world and world.failed else []
    found += [(f"qctl run {ready[0]['name']} --wait", "runs a task and waits for its end")] if ready else []
    found += [("qctl run -- COMMAND", "runs any command as a job")] if not ready else []
    found += [("qctl ps", "what waits and runs")] if world else []
    found += [("qctl doctor", "is all well?"), ("qctl --help", "all there is"), ("qctl task list", "what can be run")]
    return found[:4]


def _needs(task: Mapping[str, Any]) -> bool:
    return any(param["required"] and not param["env"] for param in task["params"])


def _document(found: Overview) -> dict[str, Any]:
    """All of it as `qctl.overview/1`."""
    world = found.world
    health = world.health if world else None
    now = health.now_ms if health else 0
    oldest = world.oldest_ms if world else None
    return {
        "schema": "qctl.overview/1",
        "version": __version__,
        "file": found.file or None,
        "problem": found.problem or None,
        "server": world.server if world else None,
        "server_problem": found.why or None,
        "tasks": list(found.tasks),
        "running": [job_view(job) for job in world.running] if world else [],
        "running_total": health.running if health else 0,
        "queued": health.ready if health else 0,
        "scheduled": sum(queue.scheduled for queue in health.queues) if health else 0,
        "held": sum(queue.parked for queue in health.queues) if health else 0,
        "oldest_s": None if oldest is None else max(0, now - oldest) / 1000,
        "paused": sorted(health.paused) if health else [],
        "failed_last_day": health.failed_last_day if health else 0,
        "failed": [job_view(job) for job in world.failed] if world else [],
        "workers": [worker_item(worker, now) for worker in health.workers] if health else [],
        **fleet_facts(world.fleet if world else None),
        "next": [command for command, _ in found.advice],
    }
