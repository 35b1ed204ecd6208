"""Crontab lines as cron reads them: times, variables, users, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.model.cron import parse_cron
from qctl.model.crontab import CRONIE, DEBIAN, Bad, Line, read_anacrontab, read_table


def line(text: str, *, users: bool = False) -> Line:
    table = read_table(f"{text}\n", DEBIAN, users=users)
    assert not table.bad, table.bad
    return table.lines[-1]


def bad(text: str, *, users: bool = False) -> Bad:
    table = read_table(f"{text}\n", DEBIAN, users=users)
    assert not table.lines
    return table.bad[0]


def variables(text: str) -> dict[str, str]:
    return dict(line(f"{text}\n* * * * * true").variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FOO = bar", {"FOO": "bar"}),
        ("FOO=bar  ", {"FOO": "bar"}),
        ("FOO = ' a b '", {"FOO": " a b "}),
        ('"FOO" = "a b"', {"FOO": "a b"}),
        ("FOO=a b", {"FOO": "a b"}),
        ("FOO=a'b", {"FOO": "a'b"}),
        ("C=$A:$B", {"C": "$A:$B"}),
        ('MAILTO=""', {"MAILTO": ""}),
    ],
)
def test_a_variable_is_read_without_its_quotes_and_without_expansion(text: str, expected: dict[str, str]) -> None:
    """I5, I6."""
    assert variables(text) == expected


@pytest.mark.parametrize("text", ['FOO="a', 'FOO="a" b', "FOO", "F OO=a"])
def test_what_is_no_variable_is_no_time_either(text: str) -> None:
    assert bad(text).message.startswith("bad minute")


def test_a_variable_holds_for_the_lines_below_it_alone() -> None:
    """I5."""
    table = read_table("0 1 * * * a\nA=1\n0 2 * * * b\nA=2\nB=3\n0 3 * * * c\n", DEBIAN, users=False)
    assert [dict(each.variables) for each in table.lines] == [{}, {"A": "1"}, {"A": "2", "B": "3"}]


def test_a_variable_without_a_value_is_cronies() -> None:
    assert variables("MAILTO=") == {"MAILTO": ""}
    table = read_table("MAILTO=\n0 1 * * * a\n", DEBIAN, users=False)
    assert "refuses a variable without a value" in table.notes[0]
    assert not read_table("MAILTO=\n0 1 * * * a\n", CRONIE, users=False).notes


@pytest.mark.parametrize(
    ("row", "when", "cron"),
    [
        ("E7", "0-59/5 * * * *", "0-59/5 * * * *"),
        ("E8", "*/90 * * * *", "*/60 * * * *"),
        ("E8", "0 0 */40 * 1", "0 0 */31 * 1"),
        ("E8", "0 10-12/40 * * *", "0 10 * * *"),
        ("E10", "0 0 * * 7", "0 0 * * 7"),
        ("E11", "0 0 * * sat-sun", "0 0 * * sat,sun"),
        ("E12", "0 0 * * sun-tue", "0 0 * * sun-tue"),
        ("E13", "0 0 * * fri-mon", "0 0 * * fri-sat,sun-mon"),
        ("E13", "0 22-2 * * *", "0 22-23,0-2 * * *"),
        ("E13", "0 22-4/3 * * *", "0 22,1,4 * * *"),
        ("E13", "0 0 1 nov-feb *", "0 0 1 nov-dec,jan-feb *"),
        ("E13", "0 0 * * 7-2", "0 0 * * 0-2"),
        ("E13", "0 0 13 * fri-mon", "0 0 13 * *"),
        ("E13", "0 0 30-2 * 1", "0 0 * * 1"),
        ("E13", "5,22-2 0 * * *", "5 0 * * *"),
        ("E14", "0 0 * Jan,jUL MON", "0 0 * Jan,jUL MON"),
        ("E17", "0 0 30 2 1", "0 0 30 2 1"),
        ("E21", "0\t0  13 * 5", "0 0 13 * 5"),
        ("E22", "@midnight", "@midnight"),
        # These were executed on Debian's cron 3.0pl1-162, which passes over what follows the last range of a field.
        ("E25", "0 0 * * mon#2", "0 0 * * mon"),
        ("E26", "0~30 3 * * *", "0 3 * * *"),
        ("E20", "1-2-3 * * * *", "1-2 * * * *"),
        ("E20", "*5 * * * *", "* * * * *"),
        ("E20", "*/20-7 * * * *", "*/20 * * * *"),
        ("I16", "@reboot", "@reboot"),
    ],
)
def test_a_time_is_said_so_that_it_means_what_it_meant(row: str, when: str, cron: str) -> None:
    found = line(f"{when} true")
    assert found.timing.cron == cron, row
    assert (found.notes == ()) is (" ".join(when.split()) == cron), "what is changed is told"
    assert cron == "@reboot" or parse_cron(cron)


@pytest.mark.parametrize("when", ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 */2"])
def test_a_day_that_never_comes_is_told(when: str) -> None:
    """E16."""
    found = line(f"{when} true")
    assert (found.timing.cron, found.timing.never) == (None, True)


@pytest.mark.parametrize(
    ("row", "text", "column", "words"),
    [
        ("E9", "5/15 * * * * true", 1, "a step needs a range"),
        ("E15", "0 0 * * monday true", 9, "`monday` is no number or name"),
        ("E15", "0 0 1 january * true", 7, "`january` is no number or name"),
        ("E20", "60 * * * * true", 1, "bad minute: 60 is out of range 0-59"),
        ("E20", "* 24 * * * true", 3, "bad hour: 24 is out of range 0-23"),
        ("E20", "0 0 0 * * true", 5, "bad day of month: 0 is out of range 1-31"),
        ("E20", "0 0 * 13 * true", 7, "bad month: 13 is out of range 1-12"),
        ("E20", "0 0 * * 8 true", 9, "bad day of week: 8 is out of range 0-7"),
        ("E20", "*/0 * * * * true", 3, "a step of 0"),
        ("E20", "1,,2 * * * * true", 3, "`,` is no number"),
        ("E20", "1, * * * * true", 3, "a number is missing"),
        ("E20", "0 0 ? * 1 true", 5, "`?` is no number"),
        ("E20", "* * * *", 8, "it has 4 fields"),
        ("E20", "* * * * * *", 11, "`*` in the place of a command"),
        ("E23", "@fortnightly true", 1, "`@fortnightly` is not known"),
        ("E23", "@Daily true", 1, "did you mean `@daily`?"),
        ("I20", "  * * 99 * * true", 7, "bad day of month"),
        ("I20", "@daily", 7, "there is no command"),
        ("I20", "* * * * * ", 10, "there is no command"),
        ("I20", "0 0 * * * \udcff", 11, "not in UTF-8"),
    ],
)
def test_what_cron_refuses_is_told_with_its_place(row: str, text: str, column: int, words: str) -> None:
    found = bad(text)
    assert (found.number, found.column, found.text) == (1, column, text), row
    assert words in found.message


def test_the_sixth_column_of_the_systems_crontabs_is_the_user() -> None:
    """I10."""
    found = line("*/5 *\t* * *\twww-data\t/srv/x  -v", users=True)
    assert (found.user, found.command) == ("www-data", "/srv/x  -v")
    assert bad("* * * * * root", users=True).message.startswith("there is no command")
    assert bad("* * * * * /opt/x -v", users=True).message == "`/opt/x` stands where the user should"
    assert bad("* * * * *", users=True).message.startswith("there is no user")


def test_flags_before_a_line_and_before_its_command() -> None:
    """I15."""
    quiet = read_table("-*/5 * * * * a\n* * * * * -n b\n* * * * * -- c\n", CRONIE, users=False).lines
    assert [(each.command, each.quiet) for each in quiet] == [("a", False), ("b", True), ("-- c", False)]
    assert "refuses the `-`" in line("-*/5 * * * * a").notes[0]
    assert "took `-n` for a program" in line("* * * * * -n b").notes[0]


def test_long_lines_windows_lines_and_a_last_line_without_a_newline_are_told() -> None:
    """I13, I18."""
    assert "has 1016 characters; cron reads 998" in line("* * * * * true" + "x" * 1002).notes[0]
    assert "carriage return" in line("* * * * * true\r").notes[0]
    table = read_table("* * * * * a\n* * * * * b", DEBIAN, users=False)
    assert len(table.lines) == 2
    assert "does not end in a newline" in table.notes[0]


def test_good_lines_are_read_whatever_stands_between_them() -> None:
    """I20."""
    table = read_table("# a\n\n0 1 * * * a\n75 1 * * * b\n  # c\n0 2 * * * c\n", DEBIAN, users=False)
    assert [each.number for each in table.lines] == [3, 6]
    assert [each.number for each in table.bad] == [4]


ANACRONTAB = """\
SHELL=/bin/sh
RANDOM_DELAY=45
START_HOURS_RANGE=3-22
1\t5\tcron.daily\trun-parts --report /etc/cron.daily
7 10 cron.weekly nice run-parts /etc/cron.weekly
@monthly 15 cron.monthly run-parts /etc/cron.monthly
3 20 third /opt/third
x 1 a b
1 x a b
1 1
"""


def test_an_anacrontab_has_periods_delays_and_hours() -> None:
    """I17."""
    periods, refused, notes = read_anacrontab(ANACRONTAB)
    assert [each.schedule for each in periods] == [
        {"cron": "5 3 * * *"},
        {"cron": "10 3 * * 0"},
        {"cron": "15 3 1 * *"},
        {"every": "3d"},
    ]
    assert {each.blackout for each in periods} == {("22:00-03:00",)}
    assert {each.spread for each in periods} == {45}
    assert [(each.number, each.column) for each in refused] == [(8, 1), (9, 3), (10, 1)]
    assert notes == []


def test_hours_that_cannot_be_read_are_told() -> None:
    periods, _, notes = read_anacrontab("START_HOURS_RANGE=22-3\nRANDOM_DELAY=soon\n1 5 a b\n2 5 c d\n")
    assert [(each.blackout, each.spread) for each in periods] == [((), 0), ((), 0)]
    assert len(notes) == 2


pieces = st.sampled_from(
    ["*", "/", "-", ",", "@", "%", "\\", "=", '"', "'", " ", "\t", "\n", "0", "59", "7", "mon", "~", "\r"]
)


@given(st.lists(pieces).map("".join) | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_no_bytes_are_too_much(text: str) -> None:
    for daemon in (DEBIAN, CRONIE):
        for users in (True, False):
            table = read_table(text, daemon, users=users)
            for each in table.lines:
                assert each.timing.cron in (None, "@reboot") or parse_cron(each.timing.cron or "")
            assert all(each.column <= len(each.text) + 1 for each in table.bad)
    read_anacrontab(text)
