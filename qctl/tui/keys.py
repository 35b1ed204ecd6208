"""The one table of keys: the footer, the help page, the palette and what a key does are all drawn from it."""

from __future__ import annotations

from types import MappingProxyType

from qctl.classes import dataclass
from qctl.tui.screen import Page, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.tui.screen import Screen

LISTS: Final = frozenset(view.value for view in View)
EVERYWHERE: Final = LISTS | {"job", "log", "help"}
OF_A_JOB: Final = frozenset({"jobs", "failures", "job", "log"})  #: where there is a job to act on
PAGES: Final = EVERYWHERE - LISTS
_LOG: Final = frozenset({"log"})
_WORKERS: Final = frozenset({"workers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What one key, or any of several, does."""

    keys: tuple[str, ...]  #: as Textual names them, the one that is shown first
    name: str  #: a row of `press.ACTIONS`
    label: str  #: in the footer and the palette
    help: str  #: in the help page
    places: frozenset[str] = LISTS
    changes: bool = False  #: it changes something; hidden with --read-only
    rank: int = 0  #: order in the footer, lowest first; 0: not there
    value: str = ""  #: what it hands on


def place(screen: Screen) -> str:
    """Where a key is pressed: a view, or a page."""
    return screen.view.value if screen.page is Page.LIST else screen.page.value


def _views() -> tuple[Key, ...]:
    return tuple(
        Key(keys=(str(at),), name="view", label=view.value, help=f"the {view.value}", places=EVERYWHERE, value=view)
        for at, view in enumerate(View, 1)
    )


KEYS: Final = (
    Key(keys=("up", "k"), name="up", label="move", help="one up", places=EVERYWHERE),
    Key(keys=("down", "j"), name="down", label="move", help="one down", places=EVERYWHERE),
    Key(keys=("pageup", "ctrl+b"), name="page-up", label="page", help="a screen up", places=EVERYWHERE),
    Key(keys=("pagedown", "ctrl+f"), name="page-down", label="page", help="a screen down", places=EVERYWHERE),
    Key(keys=("g", "home"), name="first", label="first", help="to the begin", places=EVERYWHERE),
    Key(keys=("G", "end"), name="last", label="last", help="to the end", places=EVERYWHERE),
    Key(keys=("F",), name="newest", label="newest", help="follow the newest",
        places=frozenset({"jobs", "failures", "events"})),
    Key(keys=("enter",), name="open", label="show", help="open what is under the cursor", rank=10),
    Key(keys=("i",), name="info", label="info", help="all about the job",
        places=frozenset({"jobs", "failures", "events", "log"})),
    Key(keys=("escape", "backspace"), name="back", label="back", help="back", places=PAGES, rank=12),
    Key(keys=("escape", "backspace"), name="back", label="back", help="select nothing, filter nothing", places=LISTS),
    *_views(),
    Key(keys=("tab",), name="next-view", label="next view", help="the next view", places=LISTS),
    Key(keys=("shift+tab",), name="last-view", label="view before", help="the view before", places=LISTS),
    Key(keys=("slash", "f3", "f4"), name="filter", label="filter", help="show what a QUERY means, while it is typed",
        rank=20),
    Key(keys=("s", "f6"), name="sort", label="sort", help="sort by the next column", rank=30),
    Key(keys=("S",), name="reverse", label="reverse", help="sort the other way round"),
    Key(keys=("space",), name="mark", label="select", help="select, or not any more", rank=60),
    Key(keys=("A",), name="mark-all", label="select all", help="select all that are at hand"),
    Key(keys=("asterisk",), name="invert", label="invert", help="select what is not selected"),
    Key(keys=("l",), name="log", label="log", help="what it writes, over the whole screen", places=OF_A_JOB - {"log"},
        rank=15),
    Key(keys=("f",), name="follow", label="follow", help="follow the output, or stay", places=_LOG, rank=20),
    Key(keys=("w",), name="wrap", label="wrap", help="wrap long lines, or cut them", places=_LOG, rank=21),
    Key(keys=("slash", "f3"), name="find", label="find", help="find text in the output", places=_LOG, rank=22),
    Key(keys=("n",), name="find-next", label="next", help="the next place with that text", places=_LOG),
    Key(keys=("N",), name="find-last", label="before", help="the place before", places=_LOG),
    Key(keys=("o",), name="stream", label="stdout/stderr", help="stdout, stderr, or both", places=_LOG, rank=24),
    Key(keys=("s",), name="save", label="save", help="write all of the output to a file", places=_LOG, rank=26),
    Key(keys=("c", "f9"), name="cancel", label="cancel", help="cancel jobs", changes=True,
        places=frozenset({"jobs", "job", "log"}), rank=40),
    Key(keys=("c", "f9"), name="stop", label="stop", help="stop workers when their jobs have ended", changes=True,
        places=_WORKERS, rank=40),
    Key(keys=("C",), name="force", label="kill", help="cancel jobs by KILL", changes=True,
        places=frozenset({"jobs", "job", "log"})),
    Key(keys=("C",), name="stop-now", label="stop now", help="stop workers, their jobs given back", changes=True,
        places=_WORKERS),
    Key(keys=("r", "R"), name="retry", label="retry", help="run jobs that have ended again", changes=True,
        places=OF_A_JOB, rank=45),
    Key(keys=("d",), name="copy-job", label="run a copy", help="run a job once more, as a new one", changes=True,
        places=OF_A_JOB),
    Key(keys=("plus",), name="raise", label="priority", help="raise the priority of what waits", changes=True,
        places=frozenset({"jobs", "job"})),
    Key(keys=("minus",), name="lower", label="priority", help="lower it", changes=True,
        places=frozenset({"jobs", "job"})),
    Key(keys=("p",), name="pause", label="pause", help="pause the queue, or let it go on", changes=True,
        places=frozenset({"jobs", "queues"}), rank=50),
    Key(keys=("p",), name="drain", label="drain", help="let workers take no more, or take jobs again", changes=True,
        places=_WORKERS, rank=50),
    Key(keys=("P",), name="purge", label="purge", help="cancel all that waits in the queue", changes=True,
        places=frozenset({"jobs", "queues"})),
    Key(keys=("t",), name="run-now", label="run now", help="run a schedule's task now", changes=True,
        places=frozenset({"schedule"}), rank=40),
    Key(keys=("e",), name="enable", label="on/off", help="disable a schedule, or enable it", changes=True,
        places=frozenset({"schedule"}), rank=45),
    Key(keys=("y",), name="copy", label="copy id", help="copy what is under the cursor, over ssh too",
        places=LISTS | {"job", "log"}, rank=70),
    Key(keys=("Y",), name="copy-command", label="copy command", help="copy the qctl command that shows this",
        places=LISTS | {"job", "log"}),
    Key(keys=("exclamation_mark",), name="warning", label="warning", help="go to what is warned of"),
    Key(keys=("x",), name="dismiss", label="dismiss", help="take the warning away"),
    Key(keys=("colon", "ctrl+p"), name="palette", label="command", help="find a command by its words",
        places=EVERYWHERE, rank=75),
    Key(keys=("z",), name="freeze", label="freeze", help="let the screen stand still", places=EVERYWHERE, rank=80),
    Key(keys=("less_than_sign",), name="faster", label="faster", help="look more often", places=EVERYWHERE),
    Key(keys=("greater_than_sign",), name="slower", label="slower", help="look less often", places=EVERYWHERE),
    Key(keys=("ctrl+z",), name="suspend", label="suspend", help="back to the shell; fg returns", places=EVERYWHERE),
    Key(keys=("ctrl+l",), name="redraw", label="redraw", help="draw the whole screen anew", places=EVERYWHERE),
    Key(keys=("question_mark", "f1"), name="help", label="help", help="this page", places=EVERYWHERE, rank=99),
    Key(keys=("q", "f10", "ctrl+c"), name="quit", label="quit", help="leave", places=EVERYWHERE, rank=98),
)  # fmt: skip

#: How keys are written for people.
SHOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "up": "↑", "down": "↓", "enter": "⏎", "escape": "Esc", "slash": "/", "question_mark": "?", "space": "Space",
        "asterisk": "*", "less_than_sign": "<", "greater_than_sign": ">", "colon": ":", "exclamation_mark": "!",
        "plus": "+", "minus": "-", "pageup": "PgUp", "pagedown": "PgDn", "tab": "Tab", "home": "Home", "end": "End",
        "backspace": "Backspace", "shift+tab": "Shift-Tab", "ctrl+c": "Ctrl-C", "ctrl+p": "Ctrl-P", "ctrl+b": "Ctrl-B",
        "ctrl+f": "Ctrl-F", "ctrl+l": "Ctrl-L", "ctrl+z": "Ctrl-Z",
    }
)  # fmt: skip


def shown(key: str) -> str:
    """A key as people know it."""
    return SHOWN.get(key, key.upper() if len(key) > 1 else key)


def keys_of(screen: Screen) -> tuple[Key, ...]:
    """The keys that do something where the screen is."""
    here = place(screen)
    return tuple(key for key in KEYS if here in key.places and not (key.changes and screen.read_only))


def key_named(screen: Screen, pressed: str) -> Key | None:
    """What a pressed key is for, where the screen is."""
    return next((key for key in keys_of(screen) if pressed in key.keys), None)
