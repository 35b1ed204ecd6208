"""What programs read of commands that do something: fields are only added, in their places, and never by accident."""

from __future__ import annotations

from tests.acceptance.answers import COMMAND, FOLDER, answers
from tests.support import PrivateRedis


def test_every_answer_is_as_its_file_holds_it(redis_server: PrivateRedis) -> None:
    """Names, types and order, and the words that stand for what was done."""
    held = {path.stem: path.read_text() for path in FOLDER.iterdir()}
    given = answers(redis_server)
    other = {name for name in held.keys() | given.keys() if held.get(name) != given.get(name)}
    meant = f"if this change of what programs read is meant: {COMMAND}, and say it in the changelog"
    assert {name: given.get(name) for name in other} == {name: held.get(name) for name in other}, meant
