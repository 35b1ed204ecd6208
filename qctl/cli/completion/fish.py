"""The script for fish, 3.1 and later."""

from __future__ import annotations

from qctl.cli.completion.kinds import FILE, FOLDER, ONE_OF, USER
from qctl.cli.completion.verbs import aliases, below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.cli.completion.kinds import Value
    from qctl.cli.completion.verbs import Option, Verb

_ENGINE: Final = r"""
# Reads the words before the cursor, once for all conditions: the command, how many arguments it has and the first one,
# and the options that stand there with all they take.
function __qctl_read
    set -l tokens (commandline -opc)
    set -l line (string join -- \x1f $tokens)
    test "$line" = "$__qctl_line"; and return
    set -g __qctl_line "$line"
    set -g __qctl_path ''
    set -g __qctl_first ''
    set -g __qctl_places 0
    set -g __qctl_dashes 0
    set -g __qctl_given
    set -l skip 0
    for at in (seq 2 (count $tokens))
        set -l token $tokens[$at]
        if test $skip = 1
            set skip 0
            set -a __qctl_given $tokens[(math $at - 1)]
        else if string match -q -- '-?*' $token; and test $__qctl_dashes = 0
            if test "$token" = --
                set -g __qctl_dashes $at
                __qctl_takes_command; and return
            else if not string match -q -- '--*=*' $token; and __qctl_takes "$__qctl_path $token"
                set skip 1
            else
                set -a __qctl_given (string replace -r -- '^(--[^=]*)=.*' '$1' $token)
            end
        else if test $__qctl_places = 0; and set -l verb (__qctl_verb "$__qctl_path" $token)
            set -g __qctl_path $verb
        else
            test $__qctl_places = 0; and set -g __qctl_first $token
            set -g __qctl_places (math $__qctl_places + 1)
        end
    end
end

# Whether the command before the cursor is this one: with no argument yet, with options still and none of these names
# among them, or at an argument.
function __qctl_words_of
    __qctl_read
    test "$__qctl_path" = "$argv[1]" -a $__qctl_places = 0; and not __qctl_at_command
end

function __qctl_options_of
    __qctl_read
    test "$__qctl_path" = "$argv[1]" -a $__qctl_dashes = 0; and not __qctl_has $argv[2..-1]
end

function __qctl_has
    for name in $argv
        contains -- $name $__qctl_given; and return
    end
    return 1
end

function __qctl_argument_of
    __qctl_read
    test "$__qctl_path" = "$argv[1]" -a $__qctl_places $argv[2] $argv[3]; and not __qctl_at_command
end

function __qctl_at_command
    __qctl_read
    test $__qctl_dashes -gt 0; and __qctl_takes_command
end

# What another program takes, whose command follows `--`.
function __qctl_command
    set -l tokens (commandline -opc)
    set -e tokens[1..$__qctl_dashes]
    complete -C (string join ' ' -- (string escape -- $tokens) (commandline -ct))
end

# What `qctl __complete` tells of a kind.
function __qctl_ask
    __qctl_read
    set -l tokens (commandline -opc)
    set -l program $tokens[1]
    command -sq -- $program; or set program qctl
    set -l kind $argv[1]
    test $kind = params; and set kind "params $__qctl_first"
    set -l typed (commandline -ct | string replace -r '^--[a-z-]+=' '' | string replace -ra '[\'"\\\\]' '')
    set -l rows (command $program __complete $kind "$typed" $tokens[2..-1] 2>/dev/null </dev/null)
    if test (count $rows) -gt 0
        string join -- \n $rows
    else if string match -q -- 'params *' $kind; and string match -q -- '*=*' "$typed"
        set -l parts (string split -m 1 = -- $typed)
        set -l begin $parts[1]=(string match -r -- '^@?' "$parts[2]")
        for path in (complete -C "cat "(string replace -r -- '^@' '' "$parts[2]"))
            echo -- $begin$path
        end
    end
end
"""


def script(verbs: list[Verb], opening: str) -> str:
    """The whole script."""
    parts = [
        f"# fish completion for qctl. {opening}\n",
        _verb(verbs),
        _takes(verbs),
        _takes_command(verbs),
        _ENGINE.strip("\n") + "\n",
        "complete -c qctl -f\n",
        "".join(f"{line}\n" for verb in verbs for line in _rules(verb, verbs)),
    ]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _verb(verbs: list[Verb]) -> str:
    paths = " ".join(_quoted(verb.path) for verb in verbs if verb.path)
    others = "".join(
        f"        case {_quoted(word)}\n            echo {_quoted(path)}\n" for word, path in aliases(verbs).items()
    )
    return (
        "# The command that a word is below another; false: it is none.\nfunction __qctl_verb\n"
        '    set -l path (string trim -- "$argv[1] $argv[2]")\n    switch $path\n'
        f"        case {paths}\n            echo $path\n{others}        case '*'\n            return 1\n    end\nend\n"
    )


def _takes(verbs: list[Verb]) -> str:
    names = [
        f"{verb.path or '*'} {name}"
        for verb in verbs
        for option in verb.options
        if option.takes is not None
        for name in option.names
    ]
    cases = " ".join(map(_quoted, names))
    return (
        "# Whether an option of a command takes a value.\nfunction __qctl_takes\n    switch $argv[1]\n"
        f"        case {cases}\n        case '*'\n            return 1\n    end\nend\n"
    )


def _takes_command(verbs: list[Verb]) -> str:
    names = " ".join(verb.path for verb in verbs if verb.takes_command)
    return (
        "# Whether another program's command follows the -- of the command before the cursor.\n"
        f'function __qctl_takes_command\n    contains -- "$__qctl_path" {names}\nend\n'
    )


def _rules(verb: Verb, verbs: list[Verb]) -> Iterator[str]:
    for word in below(verbs, verb.path):
        name, about = _quoted(word.path.split()[-1]), _quoted(word.help)
        yield f"complete -c qctl -n {_quoted(f'__qctl_words_of {_quoted(verb.path)}')} -a {name} -d {about}"
    for option in verb.options:
        when = _quoted(_wanted(verb, option))
        yield f"complete -c qctl -n {when}{_names(option)} -d {_quoted(option.help)}{_value(option)}"
    for place, argument in enumerate(verb.arguments):
        asked = f"__qctl_argument_of {_quoted(verb.path)} {'-ge' if argument.repeats else '-eq'} {place}"
        what = _offered(argument.takes)
        if what:
            yield f"complete -c qctl -n {_quoted(asked)}{what}"
    if not verb.path:
        yield "complete -c qctl -n '__qctl_at_command' -ka '(__qctl_command)'"


def _wanted(verb: Verb, option: Option) -> str:
    """The condition of an option: one that may stand once alone is not offered again, under any of its names."""
    once = "" if option.repeats else " ".join(("", *option.names))
    if verb.path:
        return f"__qctl_options_of {_quoted(verb.path)}{once}"
    return "not __qctl_at_command" + (f"; and not __qctl_has{once}" if once else "")


def _names(option: Option) -> str:
    return "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)


def _value(option: Option) -> str:
    if option.takes is None:
        return ""
    return " -r" + _offered(option.takes) if option.takes.kind == FILE else " -x" + _offered(option.takes)


def _offered(value: Value) -> str:
    """How it is said what may be a value; empty: nobody knows."""
    if value.kind == ONE_OF:
        return f" -a {_quoted(' '.join(value.words))}"
    known = {
        FILE: " -F",
        FOLDER: " -a '(__fish_complete_directories)'",
        USER: " -a '(__fish_complete_users)'",
        "": "",
    }
    return known.get(value.kind, f" -ka '(__qctl_ask {value.kind})'")
