"""What an expression may not say: each slip has words of its own, and points at its piece."""

from __future__ import annotations

import pytest

from qctl.model.cron import CronError, parse_cron
from tests.support.effort import lines_run

ORDER = "minute hour day-of-month month day-of-week"


@pytest.mark.parametrize(
    ("text", "words", "note", "meant"),
    [
        # E8
        ("*/90 * * * *", "minute `*/90` has a step larger than the field", "`every 90m`", "*/90"),
        ("0 */25 * * *", "hour `*/25` has a step larger than the field", "`every 25h`", "*/25"),
        # E11, E13
        ("0 0 * * sat-sun", "day of week `sat-sun` runs backwards", "write `sat,sun`", "sat-sun"),
        ("0 0 * * fri-mon", "day of week `fri-mon` runs backwards", "write `fri-sat,sun-mon`", "fri-mon"),
        ("0 0 * * fri-sun", "day of week `fri-sun` runs backwards", "write `fri-sat,sun`", "fri-sun"),
        ("0 22-2 * * *", "hour `22-2` runs backwards", "write `22-23,0-2`", "22-2"),
        ("0 22-2/2 * * *", "hour `22-2/2` runs backwards", "write `22,0,2`", "22-2/2"),
        ("0 0 1 nov-feb *", "month `nov-feb` runs backwards", "write `nov-dec,jan-feb`", "nov-feb"),
        ("50~10 0 * * *", "minute `50~10` runs backwards", "", "50~10"),
        # E15
        ("0 0 * * monday", "day of week `monday` cannot be read", "write `mon`", "monday"),
        ("0 0 1 January *", "month `January` cannot be read", "write `jan`", "January"),
        # E16
        ("0 0 31 2 *", "it never fires: day of month `31` never comes in month `2`", "`L`", "31"),
        ("0 0 30 2 *", "it never fires: day of month `30` never comes in month `2`", "`L`", "30"),
        ("0 0 31 2,4,jun */2", "it never fires", "", "31"),
        ("0 0 */31 * 1#2", "it never fires", "", "*/31"),
        # E20
        ("60 * * * *", "minute 60 is out of range 0-59", "every 60 minutes is `every 60m`", "60"),
        ("* 24 * * *", "hour 24 is out of range 0-23", "", "24"),
        ("0 0 0 * *", "day of month 0 is out of range 1-31", "", "0"),
        ("0 0 * 13 *", "month 13 is out of range 1-12", "", "13"),
        ("0 0 * * 8", "day of week 8 is out of range 0-7", "", "8"),
        ("*/0 * * * *", "minute `*/0` has a step of 0", "", "*/0"),
        ("1,,2 * * * *", "minute `1,,2` has nothing before or after a comma", "", "1,,2"),
        ("0 0 ? * 1", "day of month `?` cannot be read", "write `*`", "?"),
        ("0 3 * *", "it has 4 fields, not 5 or 6", ORDER, ""),
        ("0 0 3 * * 1 2027", "it has 7 fields, not 5 or 6", "year", ""),
        ("0 3 * * * backup.sh", "day of week `backup.sh` cannot be read", "the first is seconds", "backup.sh"),
        ("", "it has 0 fields, not 5 or 6", ORDER, ""),
        ("5/x * * * *", "minute `5/x` has no number after the slash", "", "5/x"),
        ("1-2-3 * * * *", "minute `1-2-3` cannot be read", "0-59", "1-2-3"),
        ("0 log * * *", "hour `log` cannot be read", "an hour is 0-23", "log"),
        ("-5 * * * *", "minute `-5` cannot be read", "0-59", "-5"),
        ("é * * * *", "minute `é` cannot be read", "0-59", "é"),
        ("٣ * * * *", "minute `٣` cannot be read", "0-59", "٣"),
        ("0 0 * * 1#6", "a weekday comes five times in a month at most", "`MON#5`", "1#6"),
        ("0 0 * * L", "day of week `L` cannot be read", "`5L`", "L"),
        ("0 0 L-3 * *", "day of month `L` cannot be read", "1-31", "L"),
        # E23
        ("@fortnightly", "`@fortnightly` is not known", "@weekly @daily @midnight @hourly", "@fortnightly"),
        ("@dayly", "did you mean `@daily`?", "", "@dayly"),
        ("@daily 5", "nothing may follow `@daily`", "", "5"),
        ("@reboot", "`@reboot` is due at no time that can be told", "", "@reboot"),
    ],
)
def test_what_cannot_be_says_field_and_value_and_what_to_write(text: str, words: str, note: str, meant: str) -> None:
    """E8, E11, E13, E15, E16, E20, E23."""
    with pytest.raises(CronError) as caught:
        parse_cron(text)

    assert caught.value.message.startswith("bad cron expression: ")
    assert words in caught.value.message
    assert note in caught.value.note
    assert caught.value.meant == meant
    assert text.startswith(caught.value.before + meant)


@pytest.mark.parametrize("text", ["0 0 31 2 *", "* * 30,31 2 *", "0 0 31W 2,4,6,9,11 *", "0 0 */31 * 1#2,2#3"])
def test_that_it_never_fires_is_said_without_a_search(text: str) -> None:
    """E16, E27."""

    def refused() -> None:
        with pytest.raises(CronError, match="never fires"):
            parse_cron(text)

    assert lines_run(refused) < 200_000  # some 10 ms, where a search takes longer


def test_a_text_without_end_is_refused_at_once() -> None:
    """Attack 36."""
    with pytest.raises(CronError, match="longer than 1000 characters"):
        parse_cron("1," * 10_000 + "1 * * * *")
    with pytest.raises(CronError, match="out of range"):
        parse_cron("9" * 900 + " * * * *")
