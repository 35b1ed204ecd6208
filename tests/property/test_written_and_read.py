"""What is written is read as the same: expressions of workflows, durations, and schedules as crontab lines."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qctl.config import load
from qctl.config.crontab import Machine, as_crontab
from qctl.config.timetable import schedules
from qctl.config.toml_text import literal
from qctl.model.cron import parse_cron
from qctl.model.crontab import CRONIE, as_shell_text, read_table, split_command
from qctl.model.units import LONGEST, parse_duration, show_duration
from qctl.model.workflow.expression import parse
from qctl.model.workflow.tree import Chain, Each, FromFile, Group, Literal, Step, Tree
from qctl.model.workflow.wording import to_text
from tests.fuzz.targets.pipeline import placeless
from tests.property.cron_expressions import PLAIN

FILE = "/nowhere/tasks.toml"
untimed = settings(deadline=None)

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10) | st.sampled_from(
    ["a,b", "each(x", "k=v", " ", ""]
)
PLAIN_JSON = st.none() | st.booleans() | st.integers(-9, 9) | TEXTS
JSON = st.recursive(PLAIN_JSON, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2))
EACH = st.builds(Each, param=NAMES) | st.builds(
    Each,
    values=st.lists(TEXTS | JSON.filter(lambda value: not isinstance(value, str)).map(Literal), max_size=3).map(tuple),
)
VALUES = TEXTS | JSON.map(Literal) | st.builds(FromFile, TEXTS.filter(bool)) | EACH
STEPS: st.SearchStrategy[Tree] = st.builds(
    Step,
    task=NAMES,
    params=st.dictionaries(NAMES, VALUES, max_size=2),
    typed=st.just(False),
    words=st.lists(TEXTS | EACH, max_size=2).map(tuple),
    takes_input=st.booleans(),
    tolerant=st.booleans(),
    handler=st.booleans(),
    options=st.fixed_dictionaries(
        {}, optional={"retries": st.integers(0, 99), "queue": st.sampled_from(["low", "a.b"])}
    ),
)


def _composed(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    groups = st.builds(Group, members=st.lists(inner, min_size=1, max_size=3).map(tuple), tolerant=st.booleans())
    parts = STEPS | groups
    return groups | st.lists(parts, min_size=2, max_size=3).map(lambda found: Chain(elements=tuple(found)))


@untimed
@given(st.recursive(STEPS, _composed, max_leaves=6))
def test_an_expression_that_is_written_is_read_as_the_same_tree(tree: Tree) -> None:
    assert placeless(parse(to_text(tree))) == tree


@given(st.integers(0, round(LONGEST * 1000)))
def test_a_duration_that_is_written_is_read_as_the_same(milliseconds: int) -> None:
    assert round(parse_duration(show_duration(milliseconds / 1000)) * 1000) == milliseconds


COMMANDS = st.lists(st.sampled_from([*"ab %\\'\"$;|&>\n#*-=", "echo", "\\%", "é", "\t", "QCTL_STDIN"]), min_size=1)


@untimed
@given(PLAIN, COMMANDS.map("".join))
def test_a_schedule_that_is_exported_is_imported_as_the_same(cron: str, command: str) -> None:
    text = f'[tasks.a]\nrun = {literal(command)}\nschedule = {{ cron = "{cron}" }}\n'
    config = load(FILE, {os.path.realpath(FILE): text})
    pairs: list[Any] = [(one, config.task(one.task)) for one in schedules(config, "qctl", "UTC")]
    crontab, exported = as_crontab(pairs, Machine(zone="UTC", user="ana", host="db1"))

    table = read_table(crontab, CRONIE, users=False)

    assert table.bad == []
    assert [line.text for line in table.lines] == [one.line for one in exported if one.line is not None]
    for line in table.lines:
        assert as_shell_text(*split_command(line.command)) == command.strip("\n")
        assert line.timing.cron is not None
        assert parse_cron(line.timing.cron).tracks == parse_cron(cron).tracks
