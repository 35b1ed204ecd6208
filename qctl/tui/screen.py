"""The state of the screen: all that keys change, and nothing that Redis holds. Pure and frozen."""

from __future__ import annotations

from types import MappingProxyType

from qctl.classes import dataclass, field, replace
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final


class View(StrEnum):
    """The lists there are, in the order of their keys 1 to 6."""

    JOBS = "jobs"
    QUEUES = "queues"
    WORKERS = "workers"
    SCHEDULE = "schedule"
    FAILURES = "failures"
    EVENTS = "events"


class Page(StrEnum):
    """What fills the screen."""

    LIST = "list"  #: a view's list, with its panes where there is room
    JOB = "job"  #: all about one job
    LOG = "log"  #: one job's output
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How one list stands. Rows are known by their keys: a job's id, a queue's name, an event's id."""

    cursor: str = ""  #: key of the row under the cursor; empty, or gone: the row at `place`
    place: int = 0  #: where it was seen last
    offset: int = 0  #: the first row that is shown
    marked: frozenset[str] = frozenset()
    query: str = ""  #: QUERY, or words to be found in the list
    sort: str = ""  #: a column's name; empty: the view's own order
    reverse: bool = False
    follow: bool = False  #: the cursor stays on the first row, whichever that is


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """How the output of a job is looked at."""

    follow: bool = True
    wrap: bool = False
    stream: str = ""  #: out, err, or both
    find: str = ""
    found: int = -1  #: which of its lines was found last
    back: int = 0  #: lines between the last one shown and the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A confirmation in the bottom line: what is done if the answer is yes."""

    text: str
    effect: Effect


class Purpose(StrEnum):
    """What a line is typed for."""

    FILTER = "filter"  #: the list follows while it is typed
    FIND = "find"  #: text in the output
    CONFIRM = "confirm"  #: the word that something is called
    COMMAND = "command"  #: words of a command, or a name: see `palette`
    SAY = "say"  #: a file's name, or a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A line that is being typed at the bottom."""

    purpose: Purpose
    label: str
    text: str = ""
    behind: int = 0  #: letters of it under and behind the cursor
    proposed: bool = False  #: it is a proposal: the first letter takes its place
    complaint: str = ""  #: what is wrong with the text so far
    recalled: int = -1  #: which of the filters typed before it shows
    effect: Effect | None = None  #: what is done when it is entered; it is given the text
    word: str = ""  #: the only text that is agreed to
    chosen: int = 0  #: which of the commands that are offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """What an action came to; shown for five seconds."""

    text: str
    bad: bool = False
    stays: bool = False  #: until a key is pressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an action of this screen came to, as the list of events tells it. Server time in ms."""

    number: int
    at_ms: int
    text: str
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something to be done outside of the screen: a row of `doing.DOINGS`, or quit, copy, suspend, redraw."""

    name: str
    targets: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)


EMPTY: Final[Mapping[View, Listing]] = MappingProxyType({view: Listing() for view in View})


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """All of it."""

    width: int = 80
    height: int = 24
    view: View = View.JOBS
    page: Page = Page.LIST
    before: tuple[Page, ...] = ()  #: pages that Esc goes back through
    lists: Mapping[View, Listing] = field(default_factory=lambda: EMPTY)
    job: str = ""  #: whose page or output is open
    log: LogView = LogView()
    scrolled: int = 0  #: lines of the page that is open that are above the first one seen
    frozen: bool = False
    interval: float = 2.0
    read_only: bool = False
    question: Question | None = None
    prompt: Prompt | None = None
    toast: Toast | None = None
    dismissed: frozenset[str] = frozenset()  #: warnings that `x` took away
    answers: tuple[Answer, ...] = ()  #: the newest first
    recalled: tuple[str, ...] = ()  #: filters typed before, newest first

    @property
    def list(self) -> Listing:
        """How the list of the view that is open stands."""
        return self.lists[self.view]

    def with_list(self, **changes: object) -> Screen:
        """The same, with the list of its view changed."""
        listing = replace(self.list, **changes)  # type: ignore[arg-type]
        return replace(self, lists=MappingProxyType({**self.lists, self.view: listing}))
