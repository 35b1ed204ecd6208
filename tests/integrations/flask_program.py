"""A Flask program that submits jobs, polls them and shows what they came to."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from qctl import AsyncResult
from qctl.errors import QctlError
from qctl.integrations.http_errors import RETRY_AFTER, body_of, status_of
from tests.integration.python.tasks import add, raising, reports

app = Flask(__name__)


@app.post("/sums")
def begin() -> tuple[Response, int]:
    return jsonify(id=add.delay(**request.get_json()).id), 202


@app.post("/reports")
def report() -> tuple[Response, int]:
    return jsonify(id=reports.delay(**request.get_json()).id), 202


@app.post("/mistakes")
def mistake() -> tuple[Response, int]:
    return jsonify(id=raising.delay().id), 202


@app.get("/jobs/<job_id>")
def show(job_id: str) -> Response:
    job = AsyncResult(job_id)
    state, info = job.state, job.info
    return jsonify(state=state, info=str(info) if isinstance(info, Exception) else info)


@app.errorhandler(QctlError)
def answer(error: QctlError) -> tuple[Response, int, dict[str, Any]]:
    status = status_of(error)
    return jsonify(body_of(error)), status, {"Retry-After": RETRY_AFTER} if status == 503 else {}
