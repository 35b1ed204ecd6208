"""What `--help` and `qctl help` say: examples first, one form for all, and nothing that is not so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from qctl.cli.calling import load
from qctl.cli.grammar import pages_of
from qctl.cli.manual.page import Page, Section, page_of
from qctl.cli.manual.plain import narrow, text_of
from qctl.cli.root import help_text
from qctl.cli.table import ALIASES, ALIASES_BELOW, BY_NAME, COMMANDS, GLOBAL_FLAGS, INSPECTED, OTHER_FLAGS, OTHERWISE
from qctl.cli.topics import ALSO, TOPICS
from qctl.config import CODE_RANGES, EXPLANATIONS
from qctl.config.keys import every_key
from qctl.model.cells import width
from tests.support.source import ROOT

APPS = {row.name: load(row.module).app for row in COMMANDS if row.module}
PAGES = {page.path: page for name, app in APPS.items() for page in pages_of(app, f"qctl {name}")}
_README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
class TestPage:
    def test_on_a_narrow_terminal_no_word_is_broken(self, page: Page) -> None:
        is_narrow(text_of(page), text_of(page, _NARROW))

    def test_it_begins_with_one_to_six_examples_of_its_own_command(self, page: Page) -> None:
        own = [line for line, _ in page.examples if page.path.removeprefix("qctl ") in line]
        assert own
        assert (1 if page.path == "qctl config path" else 2) <= len(page.examples) <= 6
        shown = text_of(page)
        assert shown.index(page.examples[0][0]) < shown.index(page.what[0][:20])

    def test_no_line_is_wider_than_80_columns(self, page: Page) -> None:
        assert [line for line in text_of(page).splitlines() if width(line) > 80] == []

    def test_it_reads_the_same_on_a_terminal_that_knows_nothing_beyond_ascii(self, page: Page) -> None:
        assert text_of(page).isascii()

    def test_every_argument_option_and_word_is_explained(self, page: Page) -> None:
        assert [name for section in page.sections for name, text in section.rows if not text] == []

    def test_what_to_see_also_exists(self, page: Page) -> None:
        for words in re.split(r"[,;] ", page.see) if page.see else ():
            named = words.split()
            if named[:2] == ["qctl", "help"]:
                assert named[2] in {*TOPICS, *EXPLANATIONS}
            elif named[0] not in ("man", "`retention`"):
                assert is_there(words), words


_NARROW = 40


def is_narrow(wide: str, narrowed: str) -> None:
    """No line is wider, and every word that has room stands there as a whole."""
    assert [line for line in narrowed.splitlines() if width(line) > _NARROW] == []
    assert [word for word in wide.split() if width(word) <= _NARROW - 8 and word not in narrowed.split()] == []


@pytest.mark.parametrize("text", [help_text(), *map(str, TOPICS.values())], ids=["qctl", *TOPICS])
def test_on_a_narrow_terminal_no_word_of_a_topic_is_broken(text: str) -> None:
    is_narrow(text, narrow(text, _NARROW))
    assert narrow(text, 80) == text


def is_there(line: str) -> bool:
    """Whether the command of a line exists, with the words below it and all of its options."""
    words = [word.strip("…") for word in shlex.split(line.removeprefix("qctl ").replace("…", "").strip())]
    while words and words[0].startswith("-") and words[0].lstrip("-") in {*GLOBAL_FLAGS, "help", "version", "h"}:
        words = words[2 if GLOBAL_FLAGS.get(words[0].lstrip("-"), ("", "", ""))[1] == "text" else 1 :]
    if not words or words[0] == "COMMAND":
        return True
    if words[0] == "help" or words[0] not in APPS:
        return words[0] in BY_NAME or words[0] in ALIASES
    command: Any = get_command(APPS[words[0]])
    if len(words) > 1 and words[1] in getattr(command, "commands", {}):
        command, words = command.commands[words[1]], words[1:]
    elif getattr(command, "commands", {}) and not command.invoke_without_command and len(words) > 1:
        return words[1].startswith("-")
    known = {name for param in command.params for name in param.opts} | {"-h", "--help"}
    known |= {f"--{name}" for name in GLOBAL_FLAGS} | {f"-{letter}" for letter, _, _ in GLOBAL_FLAGS.values() if letter}
    before_rest = words[1 : words.index("--")] if "--" in words else words[1:]
    given = [word.partition("=")[0] for word in before_rest if re.match(r"--?[a-zA-Z]", word)]
    return all(flag in known or flag[:2] in known for flag in given)


def _said() -> Iterator[tuple[str, str]]:
    """Each command line that a text names, with the place where it stands."""
    for word, (_, advice) in [*OTHERWISE.items(), *OTHER_FLAGS.items()]:
        yield from ((f"instead of {word}", re.split(r"\s{2,}", line)[0]) for line in advice.splitlines())
    for name, topic in TOPICS.items():
        for part in topic.parts:
            rows = part.rows if isinstance(part, Section) else ()
            yield from ((name, text.partition(";")[0]) for _, text in rows if text.startswith("qctl "))
    for code, text in EXPLANATIONS.items():
        yield from ((code, line) for line in re.findall(r"`(qctl [^`]+)`", text))
    yield from (("README.md", line.replace("\\|", "|")) for line in re.findall(r"`(qctl [^`\n]+)`", _README))


@pytest.mark.parametrize(("place", "line"), [(place, line) for place, line in _said() if "<Tab>" not in line])
def test_every_command_line_that_a_text_names_exists_with_its_options(place: str, line: str) -> None:
    assert is_there(line), f"{place}: {line}"


def test_a_line_with_a_word_or_an_option_that_is_none_is_noticed() -> None:
    assert not any(map(is_there, ["qctl shedule list", "qctl queue lst", "qctl run T --wiat", "qctl schedule next -z"]))


def test_every_code_that_an_error_or_warning_may_have_is_explained_and_no_other() -> None:
    sources = [path for path in (ROOT / "qctl").rglob("*.py") if path.name != "codes.py"]
    said = {code for path in sources for code in re.findall(r"\"(Q\d{3})\"", path.read_text())}
    assert said == set(EXPLANATIONS)


def _holds(numbers: str, code: str) -> bool:
    """Whether `Q069-Q078, Q125` has a code in it."""
    for part in numbers.split(", "):
        first, _, last = part.partition("-")
        if first <= code <= (last or first):
            return True
    return False


def test_root_help_names_every_topic() -> None:
    more = help_text().partition("More:")[2].replace("qctl help", "").replace("|", " ").split()
    assert set(TOPICS) <= set(more)
    assert set(ALSO.values()) <= set(TOPICS)
    assert [code for code in EXPLANATIONS if not any(_holds(numbers, code) for numbers, _ in CODE_RANGES)] == []
    assert not set(ALSO) & (set(TOPICS) | set(BY_NAME))


def test_the_topic_of_tasks_toml_has_every_key_with_its_meaning() -> None:
    told = {row for part in TOPICS["config"].parts if isinstance(part, Section) for row in part.rows}
    for place, key in every_key():
        inner = place.rpartition(".")[2] in ("retention", "limits", "output", "keep")
        name = f"{place.rpartition('.')[2]}.{key.name}" if inner else key.name
        assert any(row[0] == name and row[1].startswith(key.meaning) for row in told), (place, key.name)


def test_celerys_words_of_inspect_are_in_its_topic() -> None:
    said = str(TOPICS["celery"])
    assert [word for word in INSPECTED if word not in ("query_task", "report") and word not in said] == []
    assert [
        state for state in ("PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED") if state not in said
    ] == []


def test_words_below_a_noun_stand_for_words_that_some_noun_has() -> None:
    below = {page.path.split()[2] for page in PAGES.values() if page.path.count(" ") == 2}
    assert set(ALIASES_BELOW.values()) <= below


def test_a_docstring_becomes_a_page() -> None:
    class Command:
        help = (
            "Do a thing. And more.\n\nOf another\nkind.\n\n\b\nqctl do x    a comment\nqctl do\n\n"
            "Exit codes:\n  3   nothing\n       at all\n\nSee also: run,\nwait"
        )
        params: tuple[()] = ()

    page = page_of(Command(), "qctl do")
    assert page.examples == (("qctl do x", "a comment"), ("qctl do", ""))
    assert page.what == ("Do a thing. And more.", "Of another kind.")
    assert page.sections[-1] == Section("Exit codes", (("3", "nothing at all"),))
    assert (page.see, page.usage) == ("run, wait", "qctl do [OPTIONS]")
