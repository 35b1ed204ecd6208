"""Looking for the server without waiting: what becomes of a search that something stops."""

from __future__ import annotations

import selectors
import socket
from pathlib import Path

import pytest

from qctl.engine.inquiry import Inquiry
from qctl.errors import ConfigError
from qctl.store import parse_address


def _carry_out(inquiry: Inquiry, attempt: int, selector: selectors.BaseSelector) -> None:
    inquiry.begin(attempt, 0.0)
    selector.select(5)  # of a connection that did not stand at once
    inquiry.receive(0.0)


def test_a_search_that_a_missing_certificate_stops_can_begin_anew(tmp_path: Path) -> None:
    """While it is renewed. What stayed under way would be asked nobody any more, and so never end."""
    with socket.create_server(("127.0.0.1", 0)) as sentinel, selectors.DefaultSelector() as selector:
        place = f"127.0.0.1:{sentinel.getsockname()[1]}"
        address = parse_address(f"redis+sentinel://{place}/main?tls=true&ssl_ca_certs={tmp_path}/none.pem")
        inquiry = Inquiry(address, selector, lambda now: None, 5.0)

        for attempt in range(2):
            with pytest.raises(ConfigError, match="ssl_ca_certs"):
                _carry_out(inquiry, attempt, selector)
            assert not inquiry.under_way
