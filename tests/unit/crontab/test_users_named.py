"""Whether the lines of a crontab name users, as those of the system's crontabs do."""

from __future__ import annotations

import pytest

from qctl.config.crontab import users_named

USERS = ("root", "daemon", "mail", "sync")


@pytest.mark.parametrize(
    ("commands", "named"),
    [
        (["root /opt/a", "daemon /opt/b", "ghost /opt/c", "root x"], ["root", "daemon"]),
        (["daemon /opt/b", "mail /opt/c"], ["daemon", "mail"]),
        (["mail -s hi joe", "/opt/b"], []),
        (["sync"], []),
        (["/opt/root a"], []),
        ([], []),
    ],
    ids=["with root", "each line", "a program called as a user", "no command behind it", "a path", "no line"],
)
def test_what_names_users_names_root_or_one_in_each_line(commands: list[str], named: list[str]) -> None:
    assert users_named(commands, USERS.__contains__) == named
