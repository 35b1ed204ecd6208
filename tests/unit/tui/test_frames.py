"""Whatever an instance holds and however large the screen is: each line is as wide as the screen, and only text."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from types import MappingProxyType

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from qctl.client.watching import JobPage, Snapshot
from qctl.client.watching.snapshot import Kind
from qctl.model.cells import one_line, width
from qctl.tui.letters import agreed
from qctl.tui.look import STYLES, Look
from qctl.tui.picture import Picture, changes
from qctl.tui.screen import Effect, Listing, LogView, Page, Prompt, Purpose, Question, Screen, Toast, View
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.pictures import drawn, text_of

_ODD = (
    "a日👩👍\u200d\ufe0f\u0301\U0001f3fb\U0001f1e6क\u094d\u0940ש\u1100\u1161\u20e3#\u200c\x1b\x9b\n\r\t\u202e\U0001f468"
)
TEXTS = st.text(st.sampled_from(_ODD), max_size=12) | st.text(max_size=12)


@settings(max_examples=300)
@given(TEXTS)
@example("👩\u200d👩\u200d👧")
@example("क्षी")
@example("❤\ufe0f")
@example("\u1100\u1161\u11a8")
def test_a_letter_is_as_wide_for_us_as_for_who_draws_it(text: str) -> None:
    """Case L6: Textual cuts the lines that it draws again by Rich's measure, and we by ours."""
    shown = agreed(one_line(text))
    assert cell_len(shown) == width(shown) == sum(map(cell_len, shown))


def test_every_letter_there_is_has_one_width() -> None:
    """As the test before, of each letter by itself."""
    wrong = [
        hex(code)
        for code in range(0x20, 0x30000)
        if unicodedata.category(letter := chr(code)) not in ("Cn", "Co", "Cs")
        and cell_len(shown := agreed(one_line(letter))) != width(shown)
    ]
    assert wrong == []


@st.composite
def _screens(draw: st.DrawFn) -> Screen:
    text = draw(TEXTS)
    listing = Listing(query=draw(st.just("") | TEXTS), sort=draw(st.sampled_from(("", "name", "task"))), place=3)
    asked = Question(text=text, effect=Effect(name="cancel"))
    return Screen(
        width=draw(st.integers(1, 220)),
        height=draw(st.integers(1, 70)),
        view=draw(st.sampled_from(list(View))),
        page=draw(st.sampled_from(list(Page))),
        job=draw(st.sampled_from(("7kev1l00", text))),
        lists=MappingProxyType(dict.fromkeys(View, listing)),
        log=LogView(wrap=draw(st.booleans()), find=draw(TEXTS), back=draw(st.integers(0, 9))),
        scrolled=draw(st.integers(0, 90)),
        frozen=draw(st.booleans()),
        read_only=draw(st.booleans()),
        question=draw(st.none() | st.just(asked)),
        prompt=draw(st.none() | st.just(Prompt(purpose=Purpose.FILTER, label="filter", text=text, complaint=text))),
        toast=draw(st.none() | st.just(Toast(text=text, bad=True))),
    )


_MADE = {
    "busy": instances.busy(),
    "hostile": instances.hostile(),
    "idle": instances.idle(),
    "unanswered": instances.unanswered(),
}


def _snapshot(name: str, text: str) -> Snapshot:
    """One of those at hand, with a text where there was none."""
    made = _MADE[name]
    jobs = tuple(replace(job, queue=text, progress_text=text, worker=text) for job in made.page.jobs)
    return replace(made, title=text, page=JobPage(jobs=jobs, total=len(jobs)), complaint=text, log_dropped=3)


@settings(max_examples=100, deadline=None)
@given(_screens(), st.sampled_from(list(_MADE)), TEXTS, st.booleans())
def test_every_line_is_exactly_as_wide_as_the_screen(screen: Screen, name: str, text: str, unicode: bool) -> None:
    """Attacks 31 and 32, case L6: nothing that others write breaks a frame or drives the terminal."""
    picture = drawn(screen, _snapshot(name, text), Look(now_ms=NOW_MS, unicode=unicode))
    assert len(picture.lines) == screen.height
    for line in text_of(picture):
        assert width(line) == cell_len(line) == screen.width, ascii(line)
        assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in line)
        assert unicode or line.isascii()
    assert {word for line in picture.lines for span in line for word in span.style.split()} <= set(STYLES)


@settings(max_examples=60, deadline=None)
@given(_screens(), st.sampled_from(list(_MADE)), TEXTS, TEXTS)
def test_what_is_drawn_again_is_all_that_differs(screen: Screen, name: str, one: str, other: str) -> None:
    """And begins and ends between letters, however wide those are."""
    before, after = drawn(screen, _snapshot(name, one)), drawn(screen, _snapshot("busy", other))
    patched = [list(cells) for cells in map(_cells, text_of(before))]
    for stretch in changes(before, after):
        end = stretch.left + stretch.cells
        patched[stretch.row][stretch.left : end] = _cells(text_of(after)[stretch.row])[stretch.left : end]
    assert patched == [_cells(line) for line in text_of(after)]


def _cells(line: str) -> list[str]:
    """What stands in each cell; in the second one of a wide letter nothing."""
    cells: list[str] = []
    for letter in line:
        room = cell_len(letter)
        if room == 0 and cells:
            cells[-1] += letter
        else:
            cells += [letter, *[""] * (room - 1)]
    return cells


def test_a_picture_that_does_not_change_is_not_sent() -> None:
    screen = Screen(width=120, height=40)
    one: Picture = drawn(screen, instances.busy())
    assert list(changes(one, drawn(screen, instances.busy()))) == []


def test_every_subject_has_a_pane() -> None:
    for kind, view in zip(Kind, (View.QUEUES, View.WORKERS, View.SCHEDULE, View.EVENTS), strict=True):
        lines = text_of(drawn(Screen(width=120, height=40, view=view), instances.busy()))
        assert any("7kq2f8wz" in line for line in lines[26:32]), kind
