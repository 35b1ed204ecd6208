"""Shell text that is executed without a shell: only what every shell would execute just so."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qctl.engine.processes.simple_command import says_more_to_a_shell, simple_command

SHELLS = [found for name in ("sh", "bash", "dash") if (found := shutil.which(name))]
CHARACTERS = "aZ0 \t_./:,+@-=%~*?[]{}()<>|&;!#$`'\"\\^\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program that prints its words."""
    path = tmp_path_factory.mktemp("words") / "words"
    path.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    path.chmod(0o755)
    assert simple_command(str(path)) == (str(path),)
    return str(path)


@given(rest=st.text(st.sampled_from(CHARACTERS), max_size=12))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_its_words_are_those_into_which_a_shell_splits_it(program: str, rest: str) -> None:
    text = f"{program} {rest}"
    words = simple_command(text)
    if words:
        said = subprocess.run(words, capture_output=True, check=True).stdout
        assert [subprocess.run([shell, "-c", text], capture_output=True).stdout for shell in SHELLS] == [said] * len(
            SHELLS
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rsync -a --delete /srv/a/ backup@host:/srv/a", "rsync -a --delete /srv/a/ backup@host:/srv/a"),
        ("\n  pg_dump\tmain \n", "pg_dump main"),
        ("true", "true"),
        ("env A=1 b%c,d+e", "env A=1 b%c,d+e"),
        ("./run.sh", "./run.sh"),
    ],
)
def test_plain_words_need_no_shell(text: str, words: str) -> None:
    assert simple_command(text) == tuple(words.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "one\ntwo",
        "one; two",
        "one $HOME",
        "one 'two'",
        "one # two",
        "one ~/two",
        "one *",
        "one > two",
        "one &",
        "! one",
        "A=1 one",
        "%1",
        "-one",
        "one\\ two",
        "one\r",
        "one tw\u00f6",
    ],
)
def test_all_else_is_the_shells(text: str) -> None:
    assert simple_command(text) == ()


def test_what_a_shell_knows_by_itself_is_the_shells_but_for_true_and_false() -> None:
    """`echo`, `test` or `kill` of a shell are not those that lie in /usr/bin."""
    said = subprocess.run(["bash", "-c", "compgen -bk"], capture_output=True, text=True, check=True).stdout
    known = set(said.split())
    assert {"echo", "cd", "while", "true"} <= known
    assert {name for name in known if simple_command(f"{name} a")} == {"true", "false"}


def test_a_directory_or_options_for_a_shell_are_left_to_it() -> None:
    assert says_more_to_a_shell({"PWD": "/elsewhere"})
    assert says_more_to_a_shell({"name": "a", "SHELLOPTS": "xtrace"})
    assert not says_more_to_a_shell({"name": "a", "PATH": "/bin"})


@pytest.mark.parametrize("name", ["IFS", "OPTIND", "PPID", "PS1", "PS4", "RANDOM", "SHLVL", "BASH_VERSION"])
def test_a_variable_that_some_shell_sets_anew_is_left_to_the_shell(name: str) -> None:
    """A program that is executed without one would see it as it was given."""
    assert says_more_to_a_shell({name: "1"})
    assert not says_more_to_a_shell({f"MY_{name}": "1"})
