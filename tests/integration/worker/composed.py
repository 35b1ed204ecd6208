"""Tasks to compose workflows of, and what came of them."""

from __future__ import annotations

from typing import Any

from qctl.model.workflow.inputs import as_python
from tests.integration.worker.workshop import MARK, Workshop

CODE = """
from qctl.model.workflow.tree import Chain, Group, Step

def add(x, y=1):
    mark()
    return x + y

def total(numbers):
    mark()
    return sum(numbers)

def echo(value):
    return value

def quits():
    raise current.stop("nothing new")

def becomes(value, what):
    raise current.replace({
        "chain": Chain(elements=(Step(task="add", args=(value,)), Step(task="add"))),
        "group": Group(members=(Step(task="add", args=(1,)), Step(task="add", args=(2,)))),
        "inner": Step(task="becomes", args=(value, "chain")),
        "failing": Step(task="fails"),
        "slow": Step(task="slow"),
    }[what])

def submits(what):
    import pathlib
    from qctl.client.inside import InnerClient
    from qctl.config import load
    from qctl.config.options import Request
    from qctl.model.call import PIPELINE
    from qctl.model.workflow.expression import parse
    client = InnerClient(current.run_dir, load(str(pathlib.Path(os.environ["RECORD"]).parent / "tasks.toml")))
    (receipt,) = client.submit([Request(task=PIPELINE, tree=parse(what))])
    return receipt.id

def grows(by, then=None):
    mark()
    current.extend_group(*[Step(task="add", args=(n,), takes_input=False) for n in range(by)])
    return 100

def grows_by_a_chord():
    two = Group(members=(Step(task="add", args=(1,)), Step(task="add", args=(2,))))
    current.extend_group(Chain(elements=(two, Step(task="total"))))
    return 100

def tells():
    current.update_state(state="HALFWAY", meta={"current": 1, "total": 2})
    while not os.path.exists(os.environ["RECORD"] + ".told"):
        time.sleep(0.02)

def fails():
    mark()
    raise ValueError("no luck")
"""
TASKS = f"""
[tasks.make]
run = "head -c $size /dev/urandom | tee {{record}}.made"
params.size = {{{{ type = "int" }}}}
[tasks.pass]
run = '''{MARK}; cat'''
[tasks.file]
run = 'cat "$QCTL_INPUT"'
[tasks.sum]
run = "sha256sum | cut -c 1-64"
[tasks.none]
run = "true"
[tasks.hushed]
run = "echo hush"
result = "discard"
[tasks.add]
call = "flows:add"
params.x = {{{{ type = "int" }}}}
params.y = {{{{ type = "int", default = 1 }}}}
[tasks.total]
call = "flows:total"
params.numbers = {{{{ type = "json" }}}}
[tasks.echo]
call = "flows:echo"
params.value = {{{{ type = "json" }}}}
[tasks.quits]
call = "flows:quits"
[tasks.becomes]
call = "flows:becomes"
params.value = {{{{ type = "json" }}}}
params.what = {{{{}}}}
[tasks.submits]
call = "flows:submits"
params.what = {{{{}}}}
[tasks.grows]
call = "flows:grows"
params.by = {{{{ type = "int" }}}}
[tasks.grows-by-a-chord]
call = "flows:grows_by_a_chord"
[tasks.tells]
call = "flows:tells"
[tasks.fails]
call = "flows:fails"
[tasks.twice]
call = "jobs:fails_twice"
retries = 2
backoff = "10ms"
[tasks.slowly]
run = '''{MARK}; while ! [ -e "$RECORD.go" ]; do sleep 0.02; done; echo 1'''
[tasks.slow]
run = '''{MARK}; sleep 60'''
"""


def manned(shop: Workshop) -> Workshop:
    """With tasks to compose, and a worker."""
    (shop.folder / "flows.py").write_text("import os, time\nfrom qctl import current\nfrom jobs import mark\n" + CODE)
    shop.declare(TASKS.format(record=shop.record))
    shop.ready_worker(slots=4)
    return shop


def value_of(flows: Workshop, job_id: str) -> Any:
    return as_python(flows.read.value(job_id))
