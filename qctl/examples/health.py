"""Whether a web page answers as it should."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen


def check_url(url: str | None = None, contains: str = "", seconds: float = 5.0) -> dict[str, Any]:
    """Fetch a page and say how long it took. Without a url: a page that this function serves to itself.

    Raises, which fails the job (and `retry_on` may name it): URLError or TimeoutError if nobody answers, ValueError if
    the answer is an error or lacks the text that it should contain.
    """
    if url is None:
        with _own_page() as own:
            return check_url(own, contains, seconds)
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"{url} is neither http nor https")
    begun = time.monotonic()
    status, body = _fetch(url, seconds)
    took = round((time.monotonic() - begun) * 1000, 1)
    if not 200 <= status < 300:
        raise ValueError(f"{url} answered {status} after {took} ms")
    if contains not in body:
        raise ValueError(f"{url} answered {status} without the text {contains!r}")
    return {"url": url, "status": status, "ms": took, "bytes": len(body)}


def _fetch(url: str, seconds: float) -> tuple[int, str]:
    request = Request(url, headers={"User-Agent": "qctl-example"})  # noqa: S310 - the scheme was checked
    try:
        with urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return answer.status, answer.read(1 << 20).decode(errors="replace")
    except HTTPError as error:
        with error:
            return error.code, ""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def _own_page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
