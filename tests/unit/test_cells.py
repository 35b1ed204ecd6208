"""Text from jobs, names and hosts: nothing in it may drive a terminal, and tables stay straight."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from qctl.model.cells import cut, fold, one_line, pad, visible, width


def test_controls_of_a_terminal_become_visible() -> None:
    """Attack 31."""
    assert visible("\x1b[31mred\x1b]0;title\x07\x7f") == "^[[31mred^[]0;title^G^?"
    assert visible("\x9b31m") == "\\x9b31m"
    assert visible("a\u202eb\u2066c") == "a<U+202E>b<U+2066>c"
    assert visible("\udcff") == "\\xff"
    assert visible("\ud800") == "<U+D800>"


def test_text_of_any_language_stays_as_it_is() -> None:
    for text in ("naïve", "日本語", "שלום", "👩\u200d👩\u200d👧", "e\u0301", "क्षि"):
        assert visible(text) == text


def test_a_name_cannot_make_a_second_line() -> None:
    """Attack 32."""
    assert one_line("a\nb\r\tc\u2028d") == "a b c<U+2028>d"


def test_a_width_is_counted_in_cells() -> None:
    """Case L6."""
    assert [
        width(text) for text in ("abc", "日本語", "👍", "👍🏽", "e\u0301", "❤\ufe0f", "👩\u200d👩\u200d👧", "")
    ] == [*(3, 6, 2, 2, 1, 2, 2, 0)]


def test_a_text_is_cut_between_letters_and_says_that_it_was_cut() -> None:
    assert cut("backup-db", 9) == "backup-db"
    assert cut("backup-db", 7) == "backup…"
    assert cut("日本語日本語", 6) == "日本…"
    assert cut("backup-db", 6, "...") == "bac..."
    assert cut("abc", 0) == ""


def test_a_text_is_filled_on_either_side() -> None:
    assert pad("日本", 6) == "日本  "
    assert pad("42", 4, right=True) == "  42"


def test_a_text_is_folded_at_spaces() -> None:
    assert fold("a report of three words", 10) == ["a report", "of three", "words"]
    assert fold("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_no_text_drives_a_terminal_or_breaks_a_column(text: str, room: int) -> None:
    line = one_line(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in line)
    line.encode()
    assert width(cut(line, room)) <= room
    assert width(pad(cut(line, room), room)) == room
    assert all(width(part) <= max(room, 2) for part in fold(line, room))


def test_a_text_of_a_megabyte_is_folded_in_one_go() -> None:
    """What each line costs does not grow with what is left: it would be hours for a parameter of this size."""
    assert len(fold("x" * 1_000_000, 50)) == 20_000
    wide = fold("日" * 50_000, 51)
    assert (len(wide), set(map(width, wide[:-1]))) == (2000, {50})
    assert cut("x" * 1_000_000, 5) == "xxxx…"
