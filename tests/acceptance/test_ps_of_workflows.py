"""`qctl ps` of workflows, of which a worker played by hand runs the steps: by id, as trees, ended ones too."""

from __future__ import annotations

import pytest

from qctl.store import Store
from tests.support import Home
from tests.support.store_seed import SeedWorker

TASKS = """
[tasks.dump]
run = "true"
[tasks.upper]
run = "true"
"""


@pytest.fixture
def worker(store: Store) -> SeedWorker:
    return SeedWorker(store).register()


def ids(site: Home, *words: str) -> list[str]:
    answer = site.run("ps", *words, "-o", "name")
    assert answer.code == 0, answer
    return answer.stdout.split()


def test_the_id_of_a_job_or_its_beginning_is_a_word_for_it(site: Home, worker: SeedWorker) -> None:
    flow = site.run("run", "dump | upper", "--label", "ticket=abcd1234").stdout.strip()
    other = site.run("run", "dump").stdout.strip()

    assert ids(site, flow) == ids(site, flow[:4]) == ids(site, flow[:7]) == [flow]
    assert ids(site, f"{flow}.2") == [f"{flow}.2"]
    assert ids(site, flow, "--state", "scheduled") == ids(site, flow[:3]) == []
    assert ids(site, "abcd1234") == [flow]
    worker.complete(worker.take())
    worker.complete(worker.take())
    worker.complete(worker.take())
    for named in (flow, flow[:4], f"{flow}.2", other):
        assert ids(site, named) == [named if len(named) > 4 else flow]
    assert "1 ended" in site.run("ps", f"{flow}.2").stdout
    assert "no job that waits or runs is as asked for" in site.run("ps", "task:nosuch").stdout


def test_what_belongs_to_a_workflow_stands_in_its_tree_alone(site: Home) -> None:
    flow = site.run("run", "dump | upper").stdout.strip()

    assert ids(site, "-t", f"id:{flow}") == [flow]
    assert ids(site, f"id:{flow}.1") == [f"{flow}.1"]
    for words in ((flow,), (f"id:{flow}",), (flow[:5],)):
        lines = site.run("ps", "-t", *words).stdout.splitlines()
        assert [line.split()[0] for line in lines if line.startswith(flow)] == [flow]
        assert any(".2 upper" in line for line in lines)


def test_ended_workflows_are_drawn_as_trees_too(site: Home, worker: SeedWorker) -> None:
    flow = site.run("run", "dump | upper").stdout.strip()
    worker.complete(worker.take())
    worker.complete(worker.take())

    for words in (("-a", "-t"), (flow, "-t"), ("-t", flow[:7])):
        lines = site.run("ps", *words).stdout.splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith(flow))
        tree = [line.replace("└", " ").split()[:3] for line in lines[place + 1 : place + 3]]
        assert tree == [["✔", ".1", "dump"], ["✔", ".2", "upper"]]


def test_what_is_said_wrong_of_a_composition_is_told_with_what_fits(site: Home) -> None:
    group = site.run("group", "upper", "--each", "-", input="a\nb\n")
    assert (group.code, "help: qctl group upper --each FILE -- {}" in group.stderr) == (2, True)
    chord = site.run("chord", "upper", "--then", "dump", "--each", "-", input="a\nb\n")
    assert "help: qctl chord --then dump upper --each FILE -- {}" in chord.stderr
    drawn = site.run("group", "upper -- {}", "--each", "-", "--dry-run", input="a\nb\n")
    assert (drawn.code, "would submit pipeline: 2 jobs" in drawn.stdout) == (0, True)
    assert "help: qctl help pipelines" in site.run("run", "dump! | upper", "--wait").stderr
