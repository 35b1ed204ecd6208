"""A Django program in one file that submits jobs, polls them and shows what they came to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from qctl import AsyncResult
from qctl.errors import QctlError
from qctl.integrations.http_errors import RETRY_AFTER, body_of, status_of
from tests.integration.python.tasks import add, raising, reports

TASKS: dict[str, Any] = {"sums": add, "reports": reports, "mistakes": raising}

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[f"{__name__}.QctlErrors"],
        ALLOWED_HOSTS=["testserver"],
        SECRET_KEY="not one",
    )
    django.setup()


def begin(request: HttpRequest, kind: str) -> HttpResponse:
    said = json.loads(request.body or b"{}")
    return JsonResponse({"id": TASKS[kind].delay(**said).id}, status=202)


def show(_request: HttpRequest, job_id: str) -> HttpResponse:
    job = AsyncResult(job_id)
    state, info = job.state, job.info
    return JsonResponse({"state": state, "info": str(info) if isinstance(info, Exception) else info})


class QctlErrors:
    """Middleware: an error of qctl's becomes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, QctlError):
            return None
        status = status_of(error)
        headers: dict[str, Any] = {"Retry-After": RETRY_AFTER} if status == 503 else {}
        return JsonResponse(body_of(error), status=status, headers=headers)


urlpatterns = [path("jobs/<str:job_id>", show), path("<str:kind>", begin)]
