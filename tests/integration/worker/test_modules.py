"""Tasks that `[qctl] modules` declare with @task, in real workers: taken in, run, limited, renewed, and in the way."""

from __future__ import annotations

import signal

import pytest

from qctl.model.call import Kind
from qctl.model.state import Outcome, State
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually

OPS = '''
from qctl import current, task
from jobs import mark

class Busy(Exception):
    """Its own kind of trouble."""

class VeryBusy(Busy):
    """A worse one."""

@task
def greet(name: str, times: int = 1):
    """Say hello."""
    return " ".join([f"hello {name}"] * times)

@task(name="mail.send", queue="mail")
async def send(to):
    return f"sent to {to}"

@task(max_running=1)
def alone():
    mark()
    import time; time.sleep(60)

@task(autoretry_for=(Busy,), retry_kwargs={"max_retries": 5}, retry_backoff=False)
def struggles():
    mark()
    if current.attempt < 3:
        raise VeryBusy("not yet")
    return current.attempt

@task(time_limit=0.3)
def endless():
    import time; time.sleep(60)
'''


def declare(shop: Workshop, *modules: str, tasks: str = "", defaults: str = "") -> None:
    """Write a tasks.toml with these modules."""
    new = shop.file.with_suffix(".new")
    names = ", ".join(f'"{name}"' for name in modules)
    head = f'[qctl]\npython_path = ["."]\nmodules = [{names}]\n'
    new.write_text(f'{head}[defaults]\n{defaults}\nenv = {{ RECORD = "{shop.record}" }}\n{tasks}')
    new.rename(shop.file)


@pytest.fixture
def ops(shop: Workshop) -> Workshop:
    """A workshop whose modules declare tasks."""
    (shop.folder / "ops.py").write_text(OPS)
    declare(shop, "ops")
    return shop


def value_of(shop: Workshop, job: str) -> object:
    """What a job left, as JSON text."""
    value = shop.read.value(job)
    return value.data.decode() if value else None


def catalog_with(shop: Workshop, name: str) -> dict[str, dict[str, object]]:
    """What the store is told that workers can run, once a task of this name is among it."""

    def told() -> dict[str, dict[str, object]]:
        digests = [str(each.about["catalog"]) for each in shop.read.workers()]
        found: dict[str, dict[str, object]] = {}
        for catalog in shop.read.catalogs(digests).values():
            found |= catalog
        assert name in found
        return found

    return eventually(told)


def test_a_task_that_a_module_declares_runs_like_one_of_tasks_toml(ops: Workshop) -> None:
    ops.ready_worker()
    job = ops.submit("ops.greet", Kind.CALL, params={"name": "you", "times": 2})
    sent = ops.submit("mail.send", Kind.CALL, params={"to": "a@b"}, queue="mail")
    assert ops.ended(job).outcome is Outcome.SUCCEEDED
    assert value_of(ops, job) == '"hello you hello you"'
    assert ops.ended(sent).outcome is Outcome.SUCCEEDED
    assert value_of(ops, sent) == '"sent to a@b"'


def test_its_parameters_are_checked_by_its_annotations(ops: Workshop) -> None:
    ops.ready_worker()
    wrong = ops.ended(ops.submit("ops.greet", Kind.CALL, params={"name": "you", "times": "often"}))
    assert wrong.outcome is Outcome.FAILED
    assert wrong.last is not None
    assert "`times`" in str(wrong.last.error_message)


def test_the_worker_tells_others_what_its_modules_declare(ops: Workshop) -> None:
    ops.ready_worker()
    known = catalog_with(ops, "ops.greet")
    assert known["ops.greet"]["summary"] == "Say hello."
    assert known["mail.send"]["queue"] == "mail"
    assert {"ops.alone", "ops.struggles", "ops.endless"} <= known.keys()


def test_its_time_limit_and_its_retries_hold_by_the_classes_of_errors(ops: Workshop) -> None:
    """C98: an own class is meant with those below it."""
    ops.ready_worker()
    late, tried = ops.submit("ops.endless", Kind.CALL), ops.submit("ops.struggles", Kind.CALL)
    assert ops.ended(late).outcome is Outcome.TIMEOUT
    assert ops.ended(tried).outcome is Outcome.SUCCEEDED
    assert value_of(ops, tried) == "3"


def test_its_limits_hold_from_the_first_claim_on(ops: Workshop) -> None:
    """The rules are told before a job is claimed by a worker that has just imported the code."""
    jobs = ops.submit_many("ops.alone", 2, Kind.CALL)
    ops.worker(slots=2)
    eventually(ops.runs, 15.0)
    assert sorted(str(ops.read.job(job).state) for job in jobs) == ["queued", "running"]
    assert sum(ops.runs().values()) == 1


def test_sighup_brings_in_what_the_code_declares_now(ops: Workshop) -> None:
    worker = ops.ready_worker()
    (ops.folder / "ops.py").write_text(
        OPS.replace('f"hello {name}"', 'f"bye {name}"').replace("mail.send", "mail.post")
    )
    worker.signal(signal.SIGHUP)
    eventually(lambda: len(worker.records("ready")) > 1, 15.0)
    job = ops.submit("ops.greet", Kind.CALL, params={"name": "you"})
    assert ops.ended(job).outcome is Outcome.SUCCEEDED
    assert value_of(ops, job) == '"bye you"'
    assert "ops.greet" in catalog_with(ops, "mail.post")


def test_an_edit_of_tasks_toml_keeps_and_adds_what_modules_declare(ops: Workshop) -> None:
    worker = ops.ready_worker()
    (ops.folder / "more.py").write_text("from qctl import task\n@task\ndef extra(): return 1\n")
    declare(ops, "ops", "more", tasks='[tasks.other]\nrun = "true"\n')
    eventually(lambda: len(worker.records("ready")) > 1, 15.0)
    jobs = [ops.submit("more.extra", Kind.CALL), ops.submit("mail.send", Kind.CALL, params={"to": "x"})]
    assert [ops.ended(job).outcome for job in jobs] == [Outcome.SUCCEEDED] * 2
    assert not worker.records("missing")


def test_a_module_that_fails_breaks_its_own_tasks_alone(ops: Workshop) -> None:
    """Those that it had declared before it failed are not half there: their jobs wait for a worker that has them."""
    (ops.folder / "torn.py").write_text(
        "from qctl import task\n@task\ndef half(): return 1\nraise ValueError('torn')\n"
    )
    declare(ops, "torn", "ops")
    worker = ops.ready_worker()
    assert any(record["task"] == "torn" for record in worker.records("broken"))
    whole, half = ops.submit("ops.greet", Kind.CALL, params={"name": "a"}), ops.submit("torn.half", Kind.CALL)
    assert ops.ended(whole).outcome is Outcome.SUCCEEDED
    worker.says("missing")
    assert not ops.read.job(half).ended


def test_of_one_name_that_of_tasks_toml_holds_and_both_places_are_told(ops: Workshop) -> None:
    declare(ops, "ops", tasks='[tasks."mail.send"]\nrun = "echo by post"\n')
    worker = ops.ready_worker()
    said = worker.says("import")["message"]
    assert "mail.send is declared twice" in said
    assert f"{ops.file}:" in said
    assert f"{ops.folder / 'ops.py'}:" in said
    job = ops.submit("mail.send")
    assert ops.ended(job).outcome is Outcome.SUCCEEDED
    assert value_of(ops, job) == "by post\n"


def test_tasks_toml_may_say_how_a_declared_function_runs(ops: Workshop) -> None:
    """The way to give it a schedule: the table names the function, and is all that holds."""
    table = '[tasks."ops.greet"]\ncall = "ops:greet"\nparams.name = { default = "all" }\nschedule = "0 3 * * *"\n'
    declare(ops, "ops", tasks=table)
    worker = ops.ready_worker()
    job = ops.submit("ops.greet", Kind.CALL)
    assert ops.ended(job).outcome is Outcome.SUCCEEDED
    assert value_of(ops, job) == '"hello all"'
    assert not worker.records("import")


def test_a_name_that_two_modules_declare_breaks_the_second_with_both_places(ops: Workshop) -> None:
    (ops.folder / "twin.py").write_text("from qctl import task\n@task(name='mail.send')\ndef post(): return 1\n")
    declare(ops, "ops", "twin")
    worker = ops.ready_worker()
    (said,) = (record["message"] for record in worker.records("broken"))
    assert f"{ops.folder / 'ops.py'}:" in said
    assert f"{ops.folder / 'twin.py'}:" in said
    job = ops.submit("mail.send", Kind.CALL, params={"to": "x"}, queue="mail")
    assert ops.ended(job).outcome is Outcome.SUCCEEDED


def test_defaults_of_tasks_toml_hold_for_declared_tasks_where_these_say_nothing(ops: Workshop) -> None:
    declare(ops, "ops", defaults='timeout = "0.3s"')
    ops.ready_worker()
    job = ops.submit("ops.alone", Kind.CALL)
    assert ops.ended(job).outcome is Outcome.TIMEOUT


def test_a_module_that_takes_long_to_import_holds_up_no_job_under_the_code_before(ops: Workshop) -> None:
    """Fault 84: the lease goes on, the others run as they did, and the new code takes over when it is there."""
    worker = ops.ready_worker(lease=1.0)
    gate = ops.folder / "gate"
    (ops.folder / "slow.py").write_text(
        "import os, time\nfrom qctl import task\n"
        f"while not os.path.exists({str(gate)!r}): time.sleep(0.02)\n"
        "@task\ndef late(): return 'at last'\n"
    )
    declare(ops, "ops", "slow")
    worker.signal(signal.SIGHUP)
    beat = ops.read.workers()[0].beat
    eventually(lambda: ops.read.workers()[0].beat > beat + 5)  # longer than its lease
    job = ops.submit("ops.greet", Kind.CALL, params={"name": "you"})

    assert ops.ended(job).outcome is Outcome.SUCCEEDED
    assert len(worker.records("ready")) == 1
    gate.touch()
    late = ops.submit("slow.late", Kind.CALL)
    assert ops.ended(late, within=20.0).outcome is Outcome.SUCCEEDED
    assert not worker.records("renew") + worker.records("lost")


def test_a_worker_whose_modules_take_long_claims_nothing_before_and_lives(ops: Workshop) -> None:
    """Fault 84: what it cannot begin stays in the queue for others."""
    gate = ops.folder / "gate"
    (ops.folder / "slow.py").write_text(f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)\n")
    declare(ops, "slow", "ops")
    job = ops.submit("ops.greet", Kind.CALL, params={"name": "you"})
    worker = ops.worker(lease=1.0)
    eventually(lambda: [known for known in ops.read.workers() if known.beat > 5], within=15.0)

    assert (ops.read.job(job).state, worker.records("ready")) == (State.QUEUED, [])
    gate.touch()
    assert ops.ended(job).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "dies"])
def test_a_cold_start_that_an_import_holds_up_runs_what_needs_no_code(ops: Workshop, hangs: bool) -> None:
    """Fault 84: jobs in Python wait apart, however old they are, and run once the code is there."""
    gate = ops.folder / "gate"
    waits = f"while not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    dies = f"if not os.path.exists({str(gate)!r}): os._exit(9)"
    (ops.folder / "slow.py").write_text(
        f"import os, time\nfrom qctl import task\n{waits if hangs else dies}\n@task\ndef late(): return 'at last'\n"
    )
    declare(ops, "slow", "ops", tasks=f"[tasks.marked]\nrun = '''{MARK}'''\n[tasks.'jobs.noop']\ncall = 'jobs:noop'\n")
    waiting = [ops.submit(name, Kind.CALL) for name in ("slow.late", "jobs.noop") for _ in range(3)]
    for id_ in waiting:  # submitted when there was no worker for longer than a job may wait for a task that nobody has
        ops.redis("HINCRBY", ops.store.keys.job(id_), "at", -7_200_000)
    worker = ops.worker(first="from qctl.engine import coldstart\ncoldstart.PATIENCE = 0.2\n")

    done = [ops.ended(ops.submit("marked"), within=20.0) for _ in range(5)]

    assert {job.outcome for job in done} == {Outcome.SUCCEEDED}
    assert [ops.read.job(id_).state for id_ in waiting] == [State.QUEUED] * 6
    assert worker.says("importing")["level"] == "warning"
    gate.touch()
    assert [ops.ended(id_, within=20.0).outcome for id_ in waiting] == [Outcome.SUCCEEDED] * 6
    assert ops.ended(ops.submit("marked")).outcome is Outcome.SUCCEEDED
    assert ops.runs().total() == 6


def test_a_job_of_a_task_that_is_new_waits_for_the_slots_that_know_it(ops: Workshop) -> None:
    """Fault 84, R1: the code that comes with it is still imported, and the slots at work have never heard of it."""
    declare(ops, "ops", tasks=f"[tasks.old]\nrun = '''{MARK}'''\n")
    worker = ops.ready_worker()
    gate = ops.folder / "gate"
    (ops.folder / "slow.py").write_text(f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)\n")
    declare(ops, "ops", "slow", tasks=f"[tasks.old]\nrun = '''{MARK}'''\n[tasks.new]\nrun = '''{MARK}'''\n")
    worker.signal(signal.SIGHUP)
    eventually(lambda: "take over" in worker.log)
    new = ops.submit("new")
    ops.redis("HINCRBY", ops.store.keys.job(new), "at", -7_200_000)

    old = [ops.ended(ops.submit("old")) for _ in range(5)]

    assert {job.outcome for job in old} == {Outcome.SUCCEEDED}
    assert ops.read.job(new).state is State.QUEUED
    gate.touch()
    assert ops.ended(new, within=20.0).outcome is Outcome.SUCCEEDED
    assert ops.runs().total() == 6
