"""How programs are altered: in place and for whoever holds a function already, and never by nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qctl.model.state import Outcome
from qctl.store import Store, command
from tests.integration.worker.conftest import shop as shop
from tests.integration.worker.workshop import Workshop
from tests.support import Home, Running, altered_target
from tests.support.altered_qctl import main
from tests.support.altered_target import Counter, doubled, remembered
from tests.support.failpoints import POINTS, Failed, Point, arm
from tests.support.mutations import Gone, InFunction, InScript, Part, without
from tests.support.mutations.altering import find
from tests.support.mutations.launching import altered
from tests.support.processes import children
from tests.support.store_seed import SeedWorker, submit

HERE = "tests.support.altered_target"


@pytest.mark.parametrize(
    "part",
    [
        InScript("claim", "no such text"),
        InScript("claim", "local"),
        InScript("no_such_script", "local"),
        InFunction(f"{HERE}:doubled", "number + by", "0"),
        InFunction(f"{HERE}:twice_the_same", "1", "0"),
        InFunction(f"{HERE}:halved", "number", "0"),
        InFunction(f"{HERE}:Counter.back", "1", "0"),
        InFunction("tests.support.no_such_module:doubled", "number", "0"),
        InFunction(f"{HERE}:annotations", "number", "0"),
    ],
    ids=str,
)
def test_a_text_that_is_not_there_or_twice_and_a_name_that_is_gone_are_failures(part: Part) -> None:
    with pytest.raises(Gone), without([part]):
        pass


@contextmanager
def changed(name: str, text: str, instead: str) -> Iterator[None]:
    with without([InFunction(f"{HERE}:{name}", text, instead)]):
        yield


def test_a_function_is_altered_for_whoever_holds_it_and_is_as_it_was_afterwards() -> None:
    with changed("doubled", "number * by", "number * by + 1"):
        assert (doubled(2), altered_target.doubled(2, by=3)) == (5, 7)
    assert doubled(2) == 4


def test_methods_properties_and_functions_that_remember_are_altered_too() -> None:
    with changed("Counter.step", "return 1", "return 10"), changed("Counter.next", "+ 1", "+ 2"):
        assert Counter().next == 12
    with changed("remembered", "number + 1", "number"):
        assert remembered(8) == 8
    assert Counter().next == 2


def test_scripts_are_read_anew_under_their_own_hash(store: Store) -> None:
    """Those that use a piece that reads otherwise, and no others."""
    before = {name: command.script(name) for name in ("claim", "submit")}
    worker = SeedWorker(store).register()
    submit(store, "one")
    short_way = InScript("_claim_plain", "if ARGV[4] ~= '#' and want > 0 then", "if false then")
    with without(
        [InScript("claim", "if record[4] then return {'CONDEMNED'", "if true then return {'CONDEMNED'"), short_way]
    ):
        assert command.script("claim").sha != before["claim"].sha
        assert command.script("submit") == before["submit"]
        assert worker.ask().claims == ()
    assert command.script("claim") == before["claim"]
    assert [claim.id for claim in worker.ask().claims] == ["one"]


def test_points_are_of_functions_that_are_there() -> None:
    for point in POINTS.values():
        assert not find(point.function).__code__.co_freevars


def test_a_point_fails_at_the_time_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    function = find(f"{HERE}:doubled")
    code, named = function.__code__, function.__kwdefaults__
    monkeypatch.setitem(vars(sys.modules["tests.support.failpoints"])["POINTS"], "here", Point(f"{HERE}:doubled"))
    try:
        arm("here=raise@2")
        assert doubled(3, by=3) == 9
        with pytest.raises(Failed):
            doubled(3)
        assert doubled(3) == 6
    finally:
        function.__code__, function.__kwdefaults__ = code, named


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--without", "nothing"], "invalid choice: 'nothing'"),
        (["--fail", "nowhere=kill"], "nowhere=kill: not POINT=ACTION"),
        (["--fail", "claim.after=sing"], "claim.after=sing: not POINT=ACTION"),
    ],
)
def test_the_launcher_refuses_names_that_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["altered", *words, "--", "ps"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_worker_its_template_and_its_slots_are_altered_alike(shared_home: Home) -> None:
    """The command becomes the worker, and that forks: a budget that nobody keeps is overspent."""
    home = shared_home
    home.write("tasks.toml", '[tasks.dies]\nrun = "kill -9 $PPID"\nmax_crashes = 1\nbackoff = "10ms"\n')
    home.run("run", "dies")
    words = [sys.executable, *altered(["crash-budget"]), "worker"]
    worker = Running(words, home.environment(), home.work, home.folder / "altered")
    try:
        worker.wait_for(r"is tried again(.*\n)+.*is tried again", within=30.0)
        assert "altered_qctl" in children(worker.pid)[0].command
        assert "Warning" not in worker.stderr
    finally:
        worker.stop()


def test_a_worker_is_killed_at_a_point_and_another_runs_what_it_had(shop: Workshop) -> None:
    """Fault 3: between the claim and the start."""
    shop.declare("[tasks.marked]\nrun = '''printf '%s 1 1\\n' \"$QCTL_JOB_ID\" >> \"$RECORD\"'''\n")
    id_ = shop.submit("marked")
    first = shop.worker(fail=("claim.after=kill",))
    assert first.process.wait(30) == -9
    assert not shop.runs()

    shop.worker()
    job = shop.ended(id_, within=30.0)
    assert (job.outcome, job.losses, shop.runs()[id_]) == (Outcome.SUCCEEDED, 1, 1)
