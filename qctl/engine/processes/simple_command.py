"""Shell text that is one simple command, and needs no shell: it is executed as it is, as make(1) does with its recipes.

A shell would do nothing but split it at its blanks and fork; and to start one costs as much as to start the command.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: What stands for itself anywhere in a text.
_LITERAL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,+@-=% \t")
#: First words that sh, bash, ksh or busybox take for their own. `true` and `false` are what they are everywhere.
_BUILT_IN: Final = frozenset(
    """
    . : alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc declare dirs
    disown do done echo elif else enable esac eval exec exit export fc fg fi for function getopts hash help history if
    in jobs kill let local logout mapfile newgrp popd print printf pushd pwd read readarray readonly return select set
    shift shopt source suspend test then time times trap type typeset ulimit umask unalias unset until wait whence while
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
#: Variables that a shell heeds, or sets anew: with one of them it is asked.
_OF_SHELLS: Final = frozenset(
    """
    BASH BASHOPTS BASH_VERSION IFS LINENO OLDPWD OPTERR OPTIND PPID PS1 PS2 PS4 PWD RANDOM SECONDS SHELLOPTS SHLVL
    """.split()  # noqa: SIM905 - as above
)
_KEPT: Final = 512


@lru_cache(maxsize=_KEPT)
def simple_command(text: str) -> tuple[str, ...]:
    """The words of a text that a shell would split into these and execute; empty if it might do anything else."""
    if not _LITERAL.issuperset(text.strip("\n")):
        return ()
    words = tuple(text.split())
    name = words[0] if words else ""
    names_a_program = name[:1].isalnum() or name[:1] in ("/", ".", "_")
    return words if names_a_program and "=" not in name and name not in _BUILT_IN else ()


def says_more_to_a_shell(variables: Mapping[str, str]) -> bool:
    """Whether among a job's variables are some that a shell would heed."""
    return not _OF_SHELLS.isdisjoint(variables)
