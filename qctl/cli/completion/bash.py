"""The script for bash, 4.2 and later, with or without the package bash-completion."""

from __future__ import annotations

from shlex import quote

from qctl.cli.completion.kinds import ONE_OF
from qctl.cli.completion.verbs import aliases, below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

    from qctl.cli.completion.kinds import Value
    from qctl.cli.completion.verbs import Option, Verb

_ENGINE: Final = r"""
# The words before the cursor into `line`, without quotes. That at the cursor into `cur`, its open quote into `quote`,
# and what of it stays as it is into `head`: bash takes what stands behind a sign of COMP_WORDBREAKS for a word.
_qctl_split() {
  local rest=${COMP_LINE:0:COMP_POINT} trimmed piece before after i n=-1
  local -a whole=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    piece=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && piece=$trimmed
    if ((i == 0)) || [[ $trimmed != "$rest" ]]; then
      whole[++n]=$piece
    else
      whole[n]+=$piece
    fi
    rest=${trimmed#"$piece"}
  done
  cur=${whole[n]} quote= head= line=()
  for ((i = 0; i < n; i++)); do
    piece=${whole[i]//[\'\"]/}
    line[i]=${piece//\\/}
  done
  before=${cur%%[\'\"]*}
  if [[ $before != "$cur" ]]; then
    quote=${cur:${#before}:1}
    after=${cur:${#before}+1}
    if [[ $after == *"$quote"* ]]; then
      cur=${cur//[\'\"]/} quote=
    else
      cur=${before//\\/}$after head=${before//\\/}
      return
    fi
  fi
  cur=${cur//\\/}
  local sign
  for sign in = :; do
    if [[ $COMP_WORDBREAKS == *"$sign"* && $cur == *"$sign"* ]]; then
      before=${cur%"${cur##*"$sign"}"}
      ((${#before} > ${#head})) && head=$before
    fi
  done
}

# Offers rows of stdin, a value and what is said of it, each behind $1: those that begin as the word at the cursor. An
# option that stands there, under any of its names, is not offered again, unless it has a sign that it may be.
_qctl_offer() {
  local value about others name told=
  local -a values=() abouts=()
  while IFS=$'\t' read -r value about others; do
    value=$1$value
    [[ $value == "$cur"* ]] || continue
    if [[ $value == -* && $others != + ]]; then
      for name in "$value" $others; do
        [[ " ${line[*]} " == *" $name"[\ =]* ]] && continue 2
      done
    fi
    case $quote$value in \'*\'*|\"*[\"\$\`\\!]*) continue ;; esac
    [[ $value == *[=:\>] ]] && compopt -o nospace 2>/dev/null
    values+=("$value") abouts+=("$about")
    [[ $about ]] && told=1
  done
  local i
  for i in "${!values[@]}"; do
    value=${values[i]#"$head"}
    # They are only listed, and nothing is put in; what takes more than a screen is not told.
    if [[ $told && $COMP_TYPE == 63 && ${#values[@]} -gt 1 && ${#values[@]} -lt ${LINES:-24} ]]; then
      value="$value${abouts[i]:+  (${abouts[i]})}"
    elif [[ ! $quote ]]; then
      printf -v value %q "$value"
    fi
    COMPREPLY+=("$value")
  done
  compopt -o nosort 2>/dev/null
}

# Offers what a value may be, of kind $2, behind $1.
_qctl_values() {
  local program=${line[0]/#\~/$HOME} kind=${2%% *} typed=${cur#"$1"} file
  case $kind in
    '') ;;
    file) compopt -o default 2>/dev/null ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    user) _qctl_offer "$1" < <(compgen -u) ;;
    one-of) _qctl_offer "$1" < <(printf '%s\n' ${2#* }) ;;
    *)
      [[ $kind == params ]] && kind="params $first"
      type -P -- "$program" >/dev/null || program=qctl
      _qctl_offer "$1" < <("$program" __complete "$kind" "$typed" "${line[@]:1}" 2>/dev/null </dev/null)
      if [[ $kind == params* && ${#COMPREPLY[@]} == 0 && $typed == *=* ]]; then
        if [[ $typed == *=@* ]]; then
          _qctl_offer "$1${typed%%=*}=@" < <(compgen -f -- "${typed#*=@}")
        else
          compopt -o default 2>/dev/null
        fi
      fi
      ;;
  esac
}

# Offers what another program takes, whose name is the word $1 of the line.
_qctl_command() {
  local i
  if declare -F _command_offset >/dev/null; then
    for ((i = 1; i < COMP_CWORD; i++)); do
      [[ ${COMP_WORDS[i]} == -- ]] && { _command_offset $((i + 1)); return; }
    done
  elif ((${#line[@]} == $1)); then
    _qctl_offer '' < <(compgen -c -- "$cur")
  else
    compopt -o default 2>/dev/null
  fi
}

_qctl() {
  local REPLY cur quote head path= places=0 first= skip= dashes= kind word i
  local -a line
  COMPREPLY=()
  _qctl_split
  for ((i = 1; i < ${#line[@]}; i++)); do
    word=${line[i]}
    if [[ $skip ]]; then
      skip=
    elif [[ $dashes || $word != -?* ]]; then
      if ((places == 0)) && _qctl_verb "$path" "$word"; then
        path=$REPLY
      elif [[ ! $path ]]; then
        return
      else
        ((places++))
        first=${first:-$word}
      fi
    elif [[ $word == -- ]]; then
      _qctl_takes_command "$path" && { _qctl_command $((i + 1)); return; }
      dashes=1
    elif [[ $word != --*=* ]] && _qctl_takes "$path" "$word"; then
      skip=1 kind=$REPLY
    fi
  done
  if [[ $skip ]]; then
    _qctl_values '' "$kind"
  elif [[ ! $dashes && $cur == --*=* ]]; then
    _qctl_takes "$path" "${cur%%=*}" && _qctl_values "${cur%%=*}=" "$REPLY"
  elif [[ ! $dashes && $cur == -* ]]; then
    for word in '' ${path:+"$path"}; do
      _qctl_options "$word" && _qctl_offer '' <<<"$REPLY"
    done
  else
    ((places == 0)) && _qctl_words "$path" && _qctl_offer '' <<<"$REPLY"
    _qctl_argument "$path" "$places" && _qctl_values '' "$REPLY"
  fi
}

complete -F _qctl qctl
"""


def script(verbs: list[Verb], opening: str) -> str:
    """The whole script."""
    parts = [
        f"# bash completion for qctl. {opening}\n",
        _verb(verbs),
        _case("words", "The words that may follow $1", '"$1"', _words(verbs)),
        _case("options", "The options of $1 alone", '"$1"', _options(verbs)),
        _case("takes", "What option $2 of $1 takes; false: nothing", '"$1 $2"', _takes(verbs)),
        _case("argument", "What argument $2 of $1, counted from 0, may be", '"$1 $2"', _arguments(verbs)),
        _takes_command(verbs),
    ]
    return "\n".join(parts) + _ENGINE


def _case(name: str, about: str, of: str, rows: Iterable[tuple[str, str]]) -> str:
    arms = "".join(f"    {pattern}) REPLY={quote(value)} ;;\n" for pattern, value in rows)
    return f"# {about}, into REPLY.\n_qctl_{name}() {{\n  case {of} in\n{arms}    *) return 1 ;;\n  esac\n}}\n"


def _verb(verbs: list[Verb]) -> str:
    paths = "|".join(quote(verb.path) for verb in verbs if verb.path)
    others = "".join(f"    {word}) REPLY={quote(path)} ;;\n" for word, path in aliases(verbs).items())
    return (
        "# The command that word $2 is below $1, into REPLY; false: it is none.\n_qctl_verb() {\n"
        f"  REPLY=${{1:+$1 }}$2\n  case $REPLY in\n    {paths}) ;;\n{others}    *) return 1 ;;\n  esac\n}}\n"
    )


def _words(verbs: list[Verb]) -> Iterable[tuple[str, str]]:
    for verb in verbs:
        if words := below(verbs, verb.path):
            yield quote(verb.path), "\n".join(f"{word.path.split()[-1]}\t{word.help}" for word in words)


def _options(verbs: list[Verb]) -> Iterable[tuple[str, str]]:
    of_all = {option.names for option in verbs[0].options}
    for verb in verbs:
        shown = [option for option in verb.options if not verb.path or option.names not in of_all]
        if shown:
            yield quote(verb.path), "\n".join(map(_row, shown))


def _row(option: Option) -> str:
    others = "+" if option.repeats else " ".join(option.names[1:])
    return f"{option.names[0]}\t{option.help}" + (f"\t{others}" if others else "")


def _takes(verbs: list[Verb]) -> Iterable[tuple[str, str]]:
    for verb in verbs[1:]:
        yield from _values(quote(f"{verb.path} "), verb.options)
    yield from _values("*' '", verbs[0].options)


def _values(before: str, options: Sequence[Option]) -> Iterable[tuple[str, str]]:
    for option in options:
        if option.takes is not None:
            yield "|".join(f"{before}{name}" for name in option.names), _kind(option.takes)


def _arguments(verbs: list[Verb]) -> Iterable[tuple[str, str]]:
    for verb in verbs:
        for place, argument in enumerate(verb.arguments):
            pattern = quote(f"{verb.path} ") + ("*" if argument.repeats else str(place))
            yield pattern, _kind(argument.takes)


def _kind(value: Value) -> str:
    return " ".join((ONE_OF, *value.words)) if value.kind == ONE_OF else value.kind


def _takes_command(verbs: list[Verb]) -> str:
    paths = "|".join(quote(verb.path) for verb in verbs if verb.takes_command)
    return (
        "# Whether another program's command follows -- of $1.\n"
        f"_qctl_takes_command() {{\n  case $1 in {paths}) ;; *) return 1 ;; esac\n}}\n"
    )
