"""The router, its errors, and a program of one's own around it."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import httpx2 as httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

import qctl
from qctl.integrations.fastapi import answer_errors, jobs, jobs_router
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.support import eventually


def program() -> FastAPI:
    """A program as its author writes it."""
    app = FastAPI()
    app.include_router(jobs_router(tasks=[f"{tasks.HERE}.*"]), prefix="/jobs")
    answer_errors(app)

    @app.post("/sums")
    def begin(x: int, y: int) -> dict[str, str]:
        return {"id": tasks.add.delay(x, y).id}

    @app.get("/health")
    def health(instance: Annotated[qctl.Qctl, Depends(jobs)]) -> dict[str, int]:
        return {"workers": len(instance.client.live_workers())}

    @app.get("/ping")
    async def ping() -> str:
        return "pong"

    return app


@pytest.fixture
def web(site: Site) -> TestClient:
    return TestClient(program())


def submitted(web: TestClient, task: str, **params: Any) -> str:
    answer = web.post("/jobs/", json={"task": f"{tasks.HERE}.{task}", "params": params})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def ended(web: TestClient, job: str) -> Any:
    def there() -> Any:
        answer = web.get(f"/jobs/{job}/result")
        return answer if answer.status_code != 202 else None

    return eventually(there, within=15.0)


def test_a_job_is_submitted_and_its_result_read(web: TestClient) -> None:
    answer = ended(web, submitted(web, "add", x=3, y=4))
    assert (answer.status_code, answer.json()["result"], answer.json()["state"]) == (200, 7, "SUCCESS")


def test_a_task_is_called_from_an_endpoint_of_ones_own(web: TestClient) -> None:
    job = web.post("/sums?x=20&y=22").json()["id"]
    assert ended(web, job).json()["result"] == 42
    assert web.get("/health").json() == {"workers": 1}


def test_a_job_that_failed_tells_its_error_and_not_where_it_ran(web: TestClient) -> None:
    answer = ended(web, submitted(web, "raising", message="no such colour"))
    assert answer.status_code == 409
    assert answer.json()["error"] == {"type": "ValueError", "message": "no such colour"}
    assert not {"worker", "params", "host"} & answer.json().keys()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"task": "count"}, 404, "no task count is offered here"),
        ({"task": f"{tasks.HERE}.add", "params": {"x": "much", "y": 1}}, 422, "x"),
        ({"task": f"{tasks.HERE}.add", "params": {"x": 1}}, 422, "y"),
        ({"task": f"{tasks.HERE}.add", "priority": 11}, 422, "priority"),
        ({"tsak": "add"}, 422, "tsak"),
    ],
)
def test_what_cannot_be_submitted_is_refused_with_its_reason(
    web: TestClient, body: dict[str, Any], status: int, said: str
) -> None:
    answer = web.post("/jobs/", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.text


def test_jobs_that_are_not_offered_are_not_there(web: TestClient, site: Site) -> None:
    hidden = site.qctl.send("count").id
    for path in ("", "/result", "/events"):
        assert web.get(f"/jobs/{hidden}{path}").status_code == 404
    assert web.delete(f"/jobs/{hidden}").status_code == 404
    assert web.get("/jobs/0000zzzz").status_code == 404


def test_a_job_is_followed_by_server_sent_events_until_it_ends(web: TestClient, site: Site) -> None:
    gate = site.folder / "gate"
    gate.unlink(missing_ok=True)
    job = submitted(web, "held", until=str(gate))
    states = []
    with web.stream("GET", f"/jobs/{job}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line.removeprefix("data: "))["state"])
                gate.touch()
    assert states[-1] == "SUCCESS"
    assert len(states) >= 2


def test_a_job_is_cancelled(web: TestClient, site: Site) -> None:
    job = submitted(web, "held", until=str(site.folder / "never"))
    assert web.delete(f"/jobs/{job}").json()["answer"] in ("OK", "RUNNING")
    assert ended(web, job).json()["state"] == "REVOKED"


def test_redis_away_is_an_answer_503_and_the_event_loop_goes_on_meanwhile(silent: qctl.Qctl) -> None:
    finished: list[str] = []

    async def ask(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> httpx.Response:
        answer = await client.request(method, path, **more)
        finished.append(path)
        return answer

    async def all_at_once() -> tuple[httpx.Response, ...]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(program()), base_url="http://web") as client:
            asked = {"json": {"task": f"{tasks.HERE}.add", "params": {"x": 1, "y": 2}}}
            return await asyncio.gather(
                ask(client, "POST", "/jobs/", **asked),
                ask(client, "POST", "/sums?x=1&y=2"),
                ask(client, "GET", "/jobs/7kq50xyz"),
                ask(client, "GET", "/jobs/7kq50xyz/events"),
                ask(client, "GET", "/ping"),
            )

    answers = asyncio.run(asyncio.wait_for(all_at_once(), timeout=20))
    assert [answer.status_code for answer in answers] == [503, 503, 503, 503, 200]
    assert finished[0] == "/ping"
    assert all(answer.headers["retry-after"] for answer in answers[:4])
    assert not any("silent.sock" in answer.text for answer in answers)
