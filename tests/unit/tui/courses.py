"""Screens of a busy instance on which keys are pressed, and what they ask and say."""

from __future__ import annotations

from dataclasses import replace

from qctl.client.watching import Snapshot
from qctl.tui.course import Course
from qctl.tui.look import Look
from qctl.tui.screen import Effect, Prompt, Screen, Toast, View
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances

LOOK = Look(now_ms=NOW_MS)
RUNS, WAITS, FAILED = at_hand.running().id, at_hand.queued().id, "7kfailed"


def course(view: View = View.JOBS, cursor: str = "", snapshot: Snapshot | None = None, **more: object) -> Course:
    """A screen of a busy instance with its cursor somewhere."""
    screen = replace(Screen(view=view), **more)  # type: ignore[arg-type]
    made = Course(screen.with_list(cursor=cursor), instances.idle(), lambda _: LOOK)
    made.take(snapshot or instances.busy())
    return made


def asked(found: Course) -> str:
    assert found.screen.question is not None
    return found.screen.question.text


def said(found: Course) -> Toast:
    assert found.screen.toast is not None
    return found.screen.toast


def line(found: Course) -> Prompt:
    assert found.screen.prompt is not None
    return found.screen.prompt


def effect(name: str, *targets: str, **words: str) -> Effect:
    return Effect(name=name, targets=targets, said=words)


def put(found: Course, text: str) -> None:
    """Make the line that is typed this text, by keys: what differs at its end is taken away and typed anew."""
    there = line(found).text
    alike = next((at for at, pair in enumerate(zip(there, text, strict=False)) if pair[0] != pair[1]), None)
    kept = min(len(there), len(text)) if alike is None else alike
    for _ in there[kept:]:
        found.press("backspace")
    for letter in text[kept:]:
        found.press(letter, letter)
