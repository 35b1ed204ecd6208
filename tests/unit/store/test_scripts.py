"""What a script is put together of."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from qctl.model.occurrence import NOT_RUN
from qctl.model.schedule import LATE_MS
from qctl.model.state import FAILURES, MOVES
from qctl.store.command import pieces_below, read_every_script, script
from qctl.store.schedule_values import BEAT_LIVE_MS

LUA = resources.files("qctl.store") / "lua"
PARTS = {entry.name: entry.read_text() for entry in LUA.iterdir() if entry.name.startswith("_")}
#: What all parts of workflows find there.
FIELDS = {"w.at", "w.flows", "w.steps", "w.removals"}
SCRIPTS = sorted(entry.name for entry in LUA.iterdir() if not entry.name.startswith("_"))


def without_talk(text: str) -> str:
    """A script without comments, and without what its texts say."""
    code = re.sub(r"'[^'\n]*'", "''", re.sub(r"--.*", "", text))
    return code.replace("workflows_at(now).", "workflows_at, w.")


def names_of(text: str) -> set[str]:
    """What a script or piece offers to what is put after it: its own names, and what it gives workflows (`w.name`)."""
    code = without_talk(text)
    lists = re.findall(r"^local (?!function\b)(\w+(?:,\s+\w+)*)", code, re.M)
    given = re.findall(r"^  (?:function )?(w\.\w+(?:, w\.\w+)*)\s*(?:=|\()", code, re.M)
    found = set(re.findall(r"^local function (\w+)", code, re.M))
    return found.union(*(re.split(r",\s+", names) for names in lists + given))


def taken_by(text: str) -> set[str]:
    """The names that a script or piece mentions and does not make itself: as locals, parameters or fields."""
    code = without_talk(text)
    made = [
        *re.findall(r"\blocal (?:function )?([\w, ]+)", code),
        *re.findall(r"\bfunction [\w.]*\(([\w, ]+)\)", code),
        *re.findall(r"\bfor ([\w, ]+?) (?:in|=)", code),
        *re.findall(r"[{,]\s*(\w+) =", code),
    ]
    own = {word for words in made for word in re.split(r",\s*", words.strip())}
    return set(re.findall(r"(?<![.\w])(?:w\.)?[A-Za-z_]\w*", code)) - own


def uses_of(text: str) -> set[str]:
    found = re.search(r"^-- uses  (.*)$", text, re.M)
    return set(found[1].split()) if found else set()


def steps_of(text: str) -> set[str]:
    """The steps of workflows that a piece can take."""
    return set(re.findall(r"^  function (?:steps|removals)\.(\w+)", text, re.M))


def pushed_in(text: str) -> set[str]:
    """The steps of workflows that a script or piece lets happen in its own call."""
    pushed = re.findall(r"(?:push\(flow, |endings\.steps \+ 1\] = \{[\w.]+, )'(\w+)'", text)
    return set(pushed)


@pytest.mark.parametrize("name", [*SCRIPTS, *PARTS])
def test_a_label_names_the_pieces_that_are_used(name: str) -> None:
    """Lua itself would find out only when the line is reached. What a script does not use it does not carry."""
    text = (LUA / name).read_text()
    taken, below = taken_by(text), {*pieces_below(name.removesuffix(".lua"))}
    plain = {one for one in taken if not one.startswith("w.")}  # of workflows the whole script is looked at, below
    parts = {part.removesuffix(".lua"): said for part, said in PARTS.items() if part not in (name, "_prelude.lua")}

    assert {part for part, said in parts.items() if names_of(said) & plain} <= below
    assert {part for part in uses_of(text) if not names_of(parts[part]) & taken and not steps_of(parts[part])} == set()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_ends_jobs_can_do_what_that_brings_about(name: str) -> None:
    below = pieces_below(name.removesuffix(".lua"))
    text = script(name.removesuffix(".lua")).text.decode()
    if "_concluding" not in below:
        assert not taken_by((LUA / name).read_text()) & {"finish", "endings", "begin_workflow"}
        return
    assert pushed_in(text) <= steps_of(text)
    assert {given for given in taken_by(text) if given.startswith("w.")} <= names_of(text) | FIELDS


def test_the_script_that_takes_kept_steps_can_take_all() -> None:
    every = set().union(*(steps_of(text) for text in PARTS.values()))
    assert {"arrive", "renew", "erase"} <= every
    assert steps_of(script("follow").text.decode()) == every


def test_a_script_that_takes_no_jobs_is_not_burdened_with_how_they_are_taken() -> None:
    assert "_submitting" in pieces_below("fire")
    assert "_submitting" not in pieces_below("complete")
    assert pieces_below("heartbeat") == ("_prelude",)


def test_a_process_that_lives_for_long_reads_all_of_them_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults 21 and 24: later there may be no descriptor to read one with, or those of another version."""
    script.cache_clear()
    read_every_script()
    monkeypatch.setattr("os.open", None)
    names = [name.removesuffix(".lua") for name in SCRIPTS]
    assert [script(name).name for name in names] == names


def constant(part: str, name: str) -> str:
    """What the scripts say that a constant is."""
    found = re.search(rf"^ *local {name} = (.*?)(?: *--.*)?$", PARTS[part], re.M)
    assert found is not None, f"{part} has no {name}"
    return found[1]


def members(part: str, name: str) -> set[str]:
    """The members of a constant that is a set."""
    return {quoted or bare for quoted, bare in re.findall(r"(?:\['(.*?)'\]|(\w+)) = true", constant(part, name))}


def test_scripts_and_commands_mean_the_same_failures_misses_and_lateness() -> None:
    """Else somebody would be told of what `schedule missed`, `errors` and `status` do not show, or not be told."""
    assert members("_ending.lua", "FAILURES") == FAILURES
    assert members("_notices.lua", "NOT_RUN") == NOT_RUN
    assert constant("_notices.lua", "LATE") == str(LATE_MS)
    assert constant("_scheduling.lua", "LIVE") == str(BEAT_LIVE_MS)


def test_every_move_has_exactly_one_script() -> None:
    assert {f"{verb}.lua" for verb in MOVES} <= {entry.name for entry in LUA.iterdir()}
    for verb, move in MOVES.items():
        label = (LUA / f"{verb}.lua").read_text().partition("\n")[0]
        assert label.startswith(f"-- {verb}: ")
        for state in move.origins | move.targets:
            assert (state or "nothing") in label, f"{verb}.lua does not name {state}"
