"""What a worker answers a job when that is more than a socket holds."""

from __future__ import annotations

from qctl.model.call import Kind
from qctl.model.state import Outcome
from tests.integration.worker.workshop import Workshop

ASKS = """
def asks():
    import json, socket
    with socket.socket(socket.AF_UNIX) as worker:
        worker.settimeout(20)
        worker.connect(os.path.join(current.run_dir, "qctl.sock"))
        worker.sendall(json.dumps({"submit": [{"id": "a", "task": "x" * 1_000_000, "body": "{}"}]}).encode() + b"\\n")
        return len(json.loads(worker.makefile().readline())["error"])
"""


def test_a_job_hears_a_long_answer_whole(shop: Workshop) -> None:
    (shop.folder / "jobs.py").write_text((shop.folder / "jobs.py").read_text() + ASKS)
    shop.declare('[tasks.asks]\ncall = "jobs:asks"\n')
    id_ = shop.submit("asks", Kind.CALL)
    shop.ready_worker()

    assert shop.ended(id_).outcome is Outcome.SUCCEEDED
    value = shop.read.value(id_)
    assert value is not None
    assert int(value.data) > 1_000_000
