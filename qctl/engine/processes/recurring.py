"""What jobs were run with, for those after them that are alike: most of what a slot reads, it has read before."""

from __future__ import annotations

from typing import Any

from qctl.model.call import AroundWords, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.processes.prepared import Prepared

_MOST: Final = 256  #: preparations that are kept, and bytes that the body of a job may have for that
_LARGEST: Final = 65_536  #: bytes that the body of the latest job may have
_UNCHANGING: Final = (str, int, float, bool, type(None))


class Recurring:
    """What jobs were run with: by their bodies, of which many are equal, and by what stands around their words.

    Of bodies that are large only the latest is kept. The words of jobs differ, as a rule: those of a `run --each`,
    which come by the thousands, do in nothing else.
    """

    def __init__(self) -> None:
        self._large: Prepared | None = None
        self._by_body: dict[bytes, Prepared] = {}
        self._by_beginning: dict[bytes, tuple[AroundWords, Prepared]] = {}

    def of_body(self, body: bytes) -> Prepared | None:
        """What an earlier job of the same body was run with."""
        if len(body) <= _MOST:
            return self._by_body.get(body)
        return self._large if self._large is not None and self._large.frame.body == body else None

    def but_for_words(self, body: bytes) -> tuple[Prepared, tuple[str, ...]] | None:
        """What an earlier job was run with that differs in nothing but its words, and the words of this one."""
        found = self._by_beginning.get(AroundWords.beginning(body))
        if found is None or (words := found[0].words(body)) is None:
            return None
        return found[1], words

    def keep(self, prepared: Prepared) -> None:
        """Keep what a job is run with, if another may be run with it too."""
        if not _may_serve_again(prepared):
            return
        body = prepared.frame.body
        if prepared.words and prepared.task.kind is not Kind.CALL:
            self._keep_around_words(prepared)
        elif len(body) > _MOST:
            self._large = prepared if len(body) <= _LARGEST else None
        else:
            _make_room(self._by_body, body)
            self._by_body[body] = prepared

    def _keep_around_words(self, prepared: Prepared) -> None:
        body = prepared.frame.body
        around = AroundWords.of(body, prepared.call)
        if around is not None and around.length <= _MOST:
            beginning = AroundWords.beginning(body)
            _make_room(self._by_beginning, beginning)
            self._by_beginning[beginning] = (around, prepared)


def _make_room(kept: dict[bytes, Any], key: bytes) -> None:
    if len(kept) >= _MOST and key not in kept:
        del kept[next(iter(kept))]


def _may_serve_again(prepared: Prepared) -> bool:
    """Whether the next job can be run with this: nothing in it is a task's to change, or read anew."""
    filled = prepared.arguments.filled
    return (
        prepared.task.env_file is None
        and prepared.veil is None
        and prepared.arguments.each is None
        and all(type(value) in _UNCHANGING for value in (*prepared.params.values(), *filled.by_name.values()))
        and all(type(value) in _UNCHANGING for value in filled.rest)
    )
