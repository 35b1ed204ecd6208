"""Sees a child process of the slot through one attempt: started, watched, and nothing of it left behind."""

from __future__ import annotations

from qctl.engine.processes import memory, supervise
from qctl.engine.processes.supervise import Watch
from qctl.engine.processes.table import How

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.engine.processes.leftovers import Leftovers
    from qctl.engine.processes.prepared import Prepared
    from qctl.engine.processes.shell import Leader
    from qctl.engine.processes.stopping import Stopping
    from qctl.engine.processes.supervise import Spool, TreeFirst, Watched
    from qctl.engine.processes.transcript import Transcript
    from qctl.model.output import Chunk


class Attendant:
    """What a slot needs to attend a child."""

    def __init__(
        self,
        stopping: Stopping,
        leftovers: Leftovers,
        show: Callable[[list[Chunk]], None],
        tree_first: TreeFirst,
    ) -> None:
        self.stopping = stopping
        self._leftovers, self._show, self._tree_first = leftovers, show, tree_first

    def attend(self, start: Callable[[], Leader], prepared: Prepared, transcript: Transcript, spool: Spool) -> Watched:
        """Start the process and stay with it until it and what it has left are gone. Raises what `start` raises."""
        task, left = prepared.task, self._leftovers.left
        bound = memory.bound_of(prepared, left)
        self._tree_first.begin()
        leader = start()
        try:
            watch = Watch(leader, transcript, spool, self.stopping, self._show, self._tree_first, bound, left)
            watched = watch.until_the_end()
            stopped = watched.request is not None and watched.request.stop.how is not How.SOFT
            stopped = stopped or bool(watched.too_much)
            if self._leftovers.meet(task, transcript.note, kill=stopped):
                watch.drain()  # what they have printed meanwhile
                self._tree_first.look()
        finally:
            supervise.close_pipes(leader)
        return watched
