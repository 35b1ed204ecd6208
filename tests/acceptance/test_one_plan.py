"""One composition, from a shell, from tasks.toml and from Python: the same plan, the same values, the same ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qctl import Qctl, group, signature
from tests.support import Home

TASKS = """
[tasks.dump]
run = 'echo "rows of $db"'
params.db = {}

[tasks.upper]
run = "tr a-z A-Z"

[tasks.fail]
run = "echo 'no space left' >&2; exit 3"
backoff = "10ms"

[tasks.report]
run = 'cat; echo " to $bucket"'
params.bucket = {}

[workflows.good]
pipeline = "dump(db=main) | [upper, upper | upper, .dump(db=aux)] | report(bucket=dr)"

[workflows.bad]
pipeline = "dump(db=main) | [upper, fail*2 | upper] | report(bucket=dr)"
"""


def composed() -> dict[str, Any]:
    upper, fail, report = signature("upper"), signature("fail"), signature("report", kwargs={"bucket": "dr"})
    aside = signature("dump", kwargs={"db": "aux"}, immutable=True)
    return {
        "good": signature("dump", kwargs={"db": "main"}) | group(upper, upper | upper, aside) | report,
        "bad": signature("dump", kwargs={"db": "main"}) | group(upper, fail.set(retries=2) | upper) | report,
    }


def told(home: Home, job_id: str) -> dict[str, Any]:
    """What became of it, without what differs from one run to the next."""
    home.run("wait", job_id)
    job = json.loads(home.run("show", job_id, "-o", "json").stdout)
    nodes = [
        {key: str(value).replace(job_id, "ID") for key, value in node.items() if not key.endswith("_at")}
        for node in job["workflow"]["nodes"]
    ]
    for node in nodes:
        for key in ("run_s", "wait_s", "started_ms", "ended_ms", "worker", "progress"):
            node.pop(key, None)
    return {"outcome": job["outcome"], "reason": job["reason"], "result": job["result"], "nodes": nodes}


@pytest.mark.parametrize("name", ["good", "bad"])
def test_the_same_composition_has_one_plan_and_one_end_from_everywhere(manned: Home, name: str) -> None:
    pipeline = next(line for line in TASKS.split("\n\n") if f"[workflows.{name}]" in line).split('"')[1]
    q = Qctl(file=manned.work / "tasks.toml", redis=manned.redis, namespace=manned.namespace)
    from_python = composed()[name].apply_async(instance=q).workflow.id
    q.close()
    shell, toml = (told(manned, manned.run("run", "-q", word).stdout.strip()) for word in (pipeline, name))
    python = told(manned, from_python)
    assert shell == toml == python
    assert shell["outcome"] == ("succeeded" if name == "good" else "failed")
    if name == "good":
        assert shell["result"] == '["ROWS OF MAIN","ROWS OF MAIN","rows of aux"]\n to dr\n'
