"""The script for zsh: a function of `_arguments` for each command, with what is said of each word and option."""

from __future__ import annotations

from shlex import quote

from qctl.cli.completion.kinds import FILE, FOLDER, ONE_OF, USER
from qctl.cli.completion.verbs import HELP_VERB, aliases, below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final

    from qctl.cli.completion.kinds import Value
    from qctl.cli.completion.verbs import Option, Verb

_ENGINE: Final = r"""
# Offers what `qctl __complete` tells of a kind.
_qctl_ask() {
  local kind=$1 typed=${(Q)PREFIX} row value entry
  local -a rows ended open
  [[ $kind == params ]] && kind="params ${(Q)line[1]}"
  rows=("${(@f)$("$_qctl_program" __complete "$kind" "$typed" "${_qctl_before[@]}" 2>/dev/null </dev/null)}")
  for row in "${rows[@]}"; do
    [[ -n $row ]] || continue
    value=${row%%$'\t'*}
    entry=${${value//\\/\\\\}//:/\\:}
    [[ -n ${row#*$'\t'} ]] && entry+=":${row#*$'\t'}"
    if [[ $value == *[=:\>] ]]; then open+=("$entry"); else ended+=("$entry"); fi
  done
  if (( ! $#open && ! $#ended )); then
    [[ $kind == params* && $typed == *=* ]] || return 1
    compset -P 1 '*='
    compset -P '@'
    _files
    return
  fi
  local result=1
  (( $#ended )) && _describe -V -t "qctl-$1" "$1" ended && result=0
  (( $#open )) && _describe -V -t "qctl-$1" "$1" open -S '' && result=0
  return result
}

# Completes another program's command that follows `--`; false: there is none before the cursor.
_qctl_command() {
  local at=${words[(i)--]}
  (( at < CURRENT )) || return 1
  shift $at words
  (( CURRENT -= at ))
  _normal
  return 0
}

# Completes below command $1, whose word is the first of `words`. A global option that stands before it is not offered
# again: `_arguments` is told of the words from there on alone.
_qctl_below() {
  local word=${(Q)words[1]} spec name
  local -a left given=("${(@)_qctl_before[1,$#_qctl_before-CURRENT+1]}")
  for spec in "${_qctl_flags[@]}"; do
    [[ $spec == \(* ]] && for name in ${(s: :)${${spec#\(}%%\)*}}; do
      (( ${given[(Ie)$name]} + ${given[(I)$name=*]} )) && continue 2
    done
    left+=("$spec")
  done
  local -a _qctl_flags=("${left[@]}")
  [[ -z $1 ]] && word=${_qctl_aliases[$word]:-$word}
  word=_qctl${1:+_${1// /_}}_${${word// /_}//-/_}
  (( $+functions[$word] )) && $word
}

_qctl() {
  local _qctl_program=${${(Q)words[1]}/#\~/$HOME}
  local -a _qctl_before=("${(@Q)words[2,CURRENT-1]}")
  (( $+commands[$_qctl_program] )) || [[ -x $_qctl_program ]] || _qctl_program=qctl
  _qctl_root
}

if [[ $funcstack[1] == _qctl ]]; then
  _qctl "$@"
else
  compdef _qctl qctl
fi
"""


def script(verbs: list[Verb], opening: str) -> str:
    """The whole script."""
    root = verbs[0]
    names = "".join(f"  {word} {quote(path)}\n" for word, path in aliases(verbs).items())
    flags = "".join(f"  {spec}\n" for option in root.options for spec in _specs(option))
    parts = [
        f"#compdef qctl\n# zsh completion for qctl. {opening}\n",
        f"typeset -gA _qctl_aliases=(\n{names})\n",
        f"typeset -ga _qctl_flags=(\n{flags})\n",
        *(_function(verb, verbs) for verb in verbs if below(verbs, verb.path) or not _is_explained(verb)),
    ]
    return "\n".join(parts) + _ENGINE


def _is_explained(verb: Verb) -> bool:
    """Whether it is a word of `help`, behind which nothing stands unless it has words of its own."""
    return verb.path.startswith(f"{HELP_VERB} ")


def _function(verb: Verb, verbs: list[Verb]) -> str:
    words = below(verbs, verb.path)
    name = "_qctl_" + ("_".join(verb.path.split()).replace("-", "_") or "root")
    lines = ["  local line state state_descr context", "  typeset -A opt_args"]
    if verb.takes_command:
        lines.append("  _qctl_command && return")
    specs = [spec for option in verb.options for spec in _specs(option)] if verb.path else []
    own = {spec for option in verb.options for spec in option.names} if verb.path else set()
    flags = '"${_qctl_flags[@]}"' if not own & {"--output"} else "${_qctl_flags:#*--output*}"
    if words:
        lines.append("  local -a words_below=(")
        lines += [f"    {quote(_entry(word.path.split()[-1], word.help))}" for word in words]
        lines.append("  )")
        rest = [quote("1: : _describe -V -t commands command words_below"), quote("*:: :->words")]
        lines.append(_call("_arguments -C -s -A '-*'", [*specs, flags, *rest]))
        lines.append(f"  [[ $state == words ]] && _qctl_below {quote(verb.path)}")
    else:
        lines.append(_call("_arguments -s -S", [*specs, flags, *_places(verb)]))
    return f"{name}() {{\n" + "\n".join(lines) + "\n}\n"


def _call(command: str, words: Iterable[str]) -> str:
    return "  " + " \\\n    ".join([command, *words])


def _entry(word: str, about: str) -> str:
    return f"{word.replace(':', chr(92) + ':')}:{about}"


def _specs(option: Option) -> Iterator[str]:
    """What `_arguments` is told of each name of an option."""
    several = "*" if option.repeats else f"({' '.join(option.names)})"
    about = option.help.replace("[", "(").replace("]", ")")
    for name in option.names:
        sign, action = "", ""
        if option.takes is not None:
            sign = "=" if name.startswith("--") else "+"
            action = f": :{_action(option.takes)}"
        yield quote(f"{several}{name}{sign}[{about}]{action}")


def _places(verb: Verb) -> Iterator[str]:
    for place, argument in enumerate(verb.arguments, 1):
        yield quote(f"{'*' if argument.repeats else place}: :{_action(argument.takes)}")


def _action(value: Value) -> str:
    if value.kind == ONE_OF:
        return f"({' '.join(value.words)})"
    known = {FILE: "_files", FOLDER: "_files -/", USER: "_users", "": " "}
    return known.get(value.kind, f" _qctl_ask {value.kind}")
