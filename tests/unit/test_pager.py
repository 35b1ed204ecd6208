"""A pager has the terminal: what is pressed there is its own, whatever qctl does in that moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from qctl.cli.pager import page


def interrupted_after(call: Callable[..., Any], time: int) -> Callable[..., Any]:
    """The same function, after whose so-manieth call somebody presses Ctrl-C before what it answers is looked at."""
    calls = 0

    def called(*given: Any) -> Any:
        nonlocal calls
        answer = call(*given)
        calls += 1
        if calls == time:
            os.kill(os.getpid(), signal.SIGINT)
        return answer

    return called


@pytest.mark.parametrize(
    ("name", "time"),
    [("close", 1), ("write", 1), ("close", 2), ("waitpid", 1)],
    ids=["it has started", "it is given the text", "it has all of it", "it has ended"],
)
def test_an_interrupt_is_the_pagers_at_any_moment(monkeypatch: pytest.MonkeyPatch, name: str, time: int) -> None:
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patched:
        patched.setattr(os, name, interrupted_after(getattr(os, name), time))
        try:
            shown = page("a text", "cat > /dev/null", os.environ)
        except KeyboardInterrupt:
            pytest.fail("it is qctl that was interrupted")
    assert shown
    assert signal.getsignal(signal.SIGINT) is before


def test_where_an_interrupt_is_ignored_the_pager_ignores_it_too() -> None:
    """As in the background of a shell, whose jobs Ctrl-C is not meant for."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert page("", "kill -INT $$", os.environ)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
