"""`qctl help`: topics, commands and the codes of errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from qctl.cli.command_words import explained, of_others
from qctl.cli.grammar import help_of, new_app
from qctl.cli.invocation import Invocation
from qctl.cli.manual.plain import folded, table
from qctl.cli.paging import room_of, show
from qctl.cli.root import explain_later
from qctl.cli.session import session
from qctl.cli.table import BY_NAME, COMMANDS, OTHERWISE
from qctl.cli.topics import ALSO, TOPICS
from qctl.config import CODE_RANGES, EXPLANATIONS, explain
from qctl.errors import NotFound, UsageError
from qctl.model.suggest import did_you_mean

app = new_app()

_OPENING: Final = """\
  qctl help TOPIC             one of those below
  qctl help COMMAND           the same as qctl COMMAND --help
  qctl help Q014              what an error's code means
  qctl --help                 the commands there are
"""


@app.command("help")
def help_(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD", help="a topic, a command, or a code")] = None,
) -> None:
    """Explain a topic, a command, or the code of an error. Without a word it lists the topics.

    \b
    qctl help                      the topics
    qctl help dates                how dates are written
    qctl help queue purge          as qctl queue purge --help
    qctl help Q014                 what that code of an error means
    qctl help config --no-pager    the keys of tasks.toml, all at once

    A text that is longer than the screen is shown by $PAGER, or less.

    See also: man qctl, man tasks.toml
    """
    here = session(context)
    told = _text(words, context.obj, room_of(here.out)) if words and any(words) else _index()
    show(told, here.out, here.environ, paged=not here.settings.no_pager)


def _text(words: Sequence[str], invocation: Invocation, room: int) -> str:
    """What is told of these words. Raises NotFound, and UsageError for words behind a topic."""
    first, *more = words
    topic = ALSO.get(first.lower(), first.lower())
    if first in BY_NAME:
        page = _page(first, more, invocation, room)
        return f"{page}\n{TOPICS[first]}" if first in TOPICS and not more else page
    meant, taken = of_others(words)
    if meant and topic not in TOPICS:
        own = [word for word in meant[1:2] if not word.startswith("-")]
        return f"`qctl {' '.join(words[:taken])}` is `qctl {' '.join(meant)}`\n\n" + _page(
            meant[0], own or words[taken:], invocation, room
        )
    text = _alone(first, topic)
    if text is None:
        known = [*TOPICS, *EXPLANATIONS, *(row.name for row in COMMANDS if row.module)]
        raise NotFound(
            f"there is no topic {first}{did_you_mean(first, known)}", help="qctl help        lists the topics"
        )
    if more:
        raise UsageError(f"one topic at a time: `{' '.join(more)}` stands behind {first}", help=f"qctl help {first}")
    return text


def _page(name: str, words: Sequence[str], invocation: Invocation, room: int) -> str:
    """What `qctl NAME WORDS --help` says."""
    row = BY_NAME[name]
    if not row.module:
        raise UsageError(explain_later(name), help="qctl --help        lists what there is")
    return help_of(invocation.load(row.module).app, f"qctl {name}", words, room)


def _alone(word: str, topic: str) -> str | None:
    """A topic, a code, or a word that is no command here."""
    if topic in TOPICS:
        return str(TOPICS[topic])
    if word in OTHERWISE:
        advice = "".join(f"  {line}\n" for line in OTHERWISE[word][1].splitlines())
        return f"{folded(explained(word), '')}\n\n{advice}"
    text = explain(word)
    return None if text is None else f"{word.upper()}\n{folded(text, '')}\n"


def _index() -> str:
    """Which topics there are, and where the codes of errors come from."""
    topics = table((name, topic.line) for name, topic in TOPICS.items())
    return f"{_OPENING}\nTopics\n{topics}\n\nCodes of errors and warnings\n{table(CODE_RANGES)}\n"
