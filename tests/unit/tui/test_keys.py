"""Every key that is shown does something where it is shown, and one table says which keys there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qctl.client.watching import Snapshot
from qctl.tui.draw import VIEWS
from qctl.tui.footer import foot_line
from qctl.tui.keys import EVERYWHERE, KEYS, Key, keys_of, place, shown
from qctl.tui.look import Look
from qctl.tui.press import ACTIONS, press, settled
from qctl.tui.screen import Page, Screen, View
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances

LOOK = Look(now_ms=NOW_MS)
#: Keys that may leave everything as it is: one is at the end, or has nothing to take back.
MAY_REST = {"up", "down", "page-up", "page-down", "first", "last", "view", "reverse", "back", "slower", "faster"}


def snapshots() -> Iterator[Snapshot]:
    yield replace(instances.busy(), job=instances.seen(at_hand.running()))
    yield instances.idle()
    yield instances.unanswered()


def screens(*, read_only: bool = False) -> Iterator[Screen]:
    """Every place, at a size that has all keys in the footer."""
    start = Screen(width=300, height=60, read_only=read_only)
    for view in View:
        yield replace(start, view=view)
    for page in (Page.JOB, Page.LOG, Page.HELP):
        yield replace(start, page=page, before=(Page.LIST,), job=at_hand.running().id)


@pytest.mark.parametrize("number", range(3), ids=["busy", "idle", "unanswered"])
@pytest.mark.parametrize("screen", list(screens()), ids=place)
def test_every_key_acts_or_asks_or_says_why_not(screen: Screen, number: int) -> None:
    snapshot = list(snapshots())[number]
    screen = settled(screen, snapshot, LOOK)
    for key in keys_of(screen):
        for pressed in key.keys:
            after, effects = press(screen, snapshot, LOOK, pressed)
            assert effects or after != screen or key.name in MAY_REST, f"{shown(pressed)} does nothing"


@pytest.mark.parametrize("screen", list(screens()), ids=place)
def test_the_footer_shows_only_keys_that_do_something_there(screen: Screen) -> None:
    line = "".join(span.text for span in foot_line(screen, LOOK, with_toast=False))
    told = {f"{shown(key.keys[0])} {key.label}" for key in keys_of(screen) if key.rank}
    assert told
    assert [pair for pair in line.split("  ") if pair and pair not in told] == []
    assert "q quit" in line
    assert "? help" in line


@pytest.mark.parametrize("screen", list(screens(read_only=True)), ids=place)
def test_a_screen_to_read_only_has_no_key_that_changes_anything(screen: Screen) -> None:
    snapshot = next(snapshots())
    assert not [key for key in keys_of(screen) if key.changes]
    screen = settled(screen, snapshot, LOOK)
    changing = [key for key in KEYS if key.changes]
    assert len(changing) > 10
    for key in changing:
        for pressed in key.keys:
            after, effects = press(screen, snapshot, LOOK, pressed)
            assert after.question is None
            assert after.prompt is None or after.prompt.effect is None or after.prompt.effect.name == "save"
            assert not [effect for effect in effects if effect.name not in ("copy", "quit")]


def test_a_key_means_one_thing_in_one_place() -> None:
    for there in sorted(EVERYWHERE):
        pressed = [each for key in KEYS if there in key.places for each in key.keys]
        assert sorted(pressed) == sorted(set(pressed)), there


def test_every_row_of_the_table_has_its_act_and_every_act_a_key() -> None:
    assert {key.name for key in KEYS} == set(ACTIONS)
    assert all(view in VIEWS for view in View)


@pytest.mark.parametrize(
    ("pressed", "name"),
    [
        *[("j", "down"), ("k", "up"), ("i", "info"), ("l", "log"), ("r", "retry"), ("c", "cancel")],
        *[("f1", "help"), ("f3", "filter"), ("f4", "filter"), ("f6", "sort"), ("f9", "cancel"), ("f10", "quit")],
    ],
)
def test_the_keys_of_celery_events_and_htop_work_in_the_list_of_jobs(pressed: str, name: str) -> None:
    found: list[Key] = [key for key in keys_of(Screen()) if pressed in key.keys]
    assert [key.name for key in found] == [name]
