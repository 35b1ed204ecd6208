"""How values reach a command: as environment variables, and inside the words of `exec`. Never as shell text."""

from __future__ import annotations

from qctl import json_text
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Match, finditer, fullmatch, sub
    from typing import Any, Final

    from qctl.model.task import Task
else:
    finditer, fullmatch, sub = (later("re", name) for name in ("finditer", "fullmatch", "sub"))

#: `{name}` is replaced, `{{name}}` stands for `{name}` itself; other braces are text.
_PLACE: Final = r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}"

#: Names that a loader, a shell or an interpreter obeys (attack 26). A task's own `env` may set them, a caller never.
LOADER_NAMES: Final = frozenset(
    """
    PATH IFS ENV BASH_ENV SHELLOPTS BASHOPTS CDPATH GLOBIGNORE PROMPT_COMMAND PS1 PS2 PS4 PWD OLDPWD OPTIND PPID
    UID EUID HOME SHELL USER LOGNAME LANG LANGUAGE TZ TZDIR TMPDIR TERM TERMINFO EDITOR VISUAL PAGER BROWSER
    PERL5LIB PERL5OPT PERLLIB PERL5DB RUBYOPT RUBYLIB NODE_OPTIONS NODE_PATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS
    JDK_JAVA_OPTIONS CLASSPATH LUA_PATH LUA_CPATH LUA_INIT PHPRC GCONV_PATH LOCPATH NLSPATH HOSTALIASES
    RES_OPTIONS GLIBC_TUNABLES OPENSSL_CONF SSL_CERT_FILE SSL_CERT_DIR GIT_SSH GIT_SSH_COMMAND
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
LOADER_PREFIXES: Final = ("LD_", "DYLD_", "PYTHON", "QCTL_", "LC_", "MALLOC_", "BASH_FUNC_", "GIT_CONFIG")


def is_loader_name(name: str) -> bool:
    """Say whether a variable of this name would change which code runs, or what a job knows of itself."""
    return name in LOADER_NAMES or name.startswith(LOADER_PREFIXES)


def text_of(value: Any) -> str:
    """A value as a command sees it: booleans `true` and `false`, numbers plain, lists and objects as JSON."""
    if isinstance(value, str):
        return value
    return json_text.dumps(value, ensure_ascii=False, separators=(",", ":"))


def environment_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The variables with which parameters reach a command, under their own names; a null is left out."""
    return {name: text_of(value) for name, value in values.items() if value is not None}


def placeholders(text: str) -> tuple[str, ...]:
    """The names that stand in braces in a word."""
    return tuple(match[2] for match in finditer(_PLACE, text) if match[2]) if "{" in text else ()


def begins_with_dash(value: Any) -> bool:
    """Say whether a value, or an element of it, would look like an option."""
    elements = value if isinstance(value, list | tuple) else (value,)
    return any(text_of(element).startswith("-") for element in elements)


def fill_words(task: Task, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The command of an `exec` task: each `{name}` replaced inside its word, never split.

    A list alone as a word becomes a word for each element; a parameter without a value makes a word of its own vanish.
    `values` come from `bind`, which has refused what begins with `-`.
    """
    words: list[str] = []
    for word in task.exec or ():
        match = fullmatch(_PLACE, word)
        if match is None or match[2] is None:
            words.append(fill_text(word, values))
            continue
        value = values.get(match[2])
        if isinstance(value, list):
            words.extend(text_of(element) for element in value)
        elif value is not None:
            words.append(text_of(value))
    return tuple(words)


def whole_place(text: str) -> str | None:
    """The name in braces that a text consists of; None if it is another text."""
    match = fullmatch(_PLACE, text)
    return match[2] if match else None


def fill_text(word: str, values: Mapping[str, Any]) -> str:
    """A text with each `{name}` replaced by that value, by nothing if there is none, and `{{name}}` by `{name}`."""

    def replaced(match: Match[str]) -> str:
        if match[1]:
            return f"{{{match[1]}}}"
        return text_of(values[match[2]]) if values.get(match[2]) is not None else ""

    return sub(_PLACE, replaced, word)
