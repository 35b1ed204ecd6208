"""The same program written with Flask and with Django: it submits, polls, shows results, and outlives its Redis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import django.test
import pytest

import qctl
from tests.integration.python.conftest import Site
from tests.integrations import django_program, flask_program
from tests.support import eventually


class Answer(NamedTuple):
    """What a program answers."""

    status: int
    body: Any
    retry_after: str | None


Ask = Callable[..., Answer]


def ask_flask(method: str, where: str, body: Any = None) -> Answer:
    with flask_program.app.test_client() as client:
        said = client.open(where, method=method, json=body if method == "POST" else None)
        return Answer(said.status_code, said.get_json(), said.headers.get("Retry-After"))


def ask_django(method: str, where: str, body: Any = None) -> Answer:
    assert django_program.urlpatterns
    client = django.test.Client()
    said = client.post(where, body or {}, "application/json") if method == "POST" else client.get(where)
    return Answer(said.status_code, said.json(), said.headers.get("Retry-After"))


@pytest.fixture(params=[ask_flask, ask_django], ids=["flask", "django"])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


def state_of(ask: Ask, job: str, wanted: str) -> Answer:
    """Poll as a browser would, until the job is in this state."""

    def there() -> Answer | None:
        said = ask("GET", f"/jobs/{job}")
        return said if said.body["state"] == wanted else None

    return eventually(there, within=15.0) or ask("GET", f"/jobs/{job}")


def test_a_job_is_submitted_and_its_result_shown(ask: Ask, site: Site) -> None:
    begun = ask("POST", "/sums", {"x": 20, "y": 22})
    assert begun.status == 202
    assert state_of(ask, begun.body["id"], "SUCCESS").body["info"] == 42


def test_progress_is_polled_until_the_result_is_there(ask: Ask, site: Site, tmp_path: Path) -> None:
    job = ask("POST", "/reports", {"until": str(tmp_path / "gate")}).body["id"]
    assert state_of(ask, job, "PROGRESS").body["info"] == {"current": 3, "total": 10}
    (tmp_path / "gate").touch()
    assert state_of(ask, job, "SUCCESS").body["info"] == "done"


def test_a_failure_is_shown_with_its_message(ask: Ask, site: Site) -> None:
    job = ask("POST", "/mistakes").body["id"]
    assert "ValueError: it went wrong" in state_of(ask, job, "FAILURE").body["info"]


def test_an_id_of_no_job_is_an_answer_404(ask: Ask, site: Site) -> None:
    assert ask("GET", "/jobs/0000zzzz").status == 404


def test_redis_away_is_an_answer_503_within_the_timeout(ask: Ask, silent: qctl.Qctl) -> None:
    begun, shown = ask("POST", "/sums", {"x": 1, "y": 2}), ask("GET", "/jobs/7kq50xyz")
    assert [(said.status, said.retry_after) for said in (begun, shown)] == [(503, "2")] * 2
    assert begun.body["id"], "nobody knows whether it was taken: whoever asks can look later"
    assert shown.body["error"] == "the job server does not answer; try again"
