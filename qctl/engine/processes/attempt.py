"""One attempt in a slot, from frame to outcome: prepare, execute, classify."""

from __future__ import annotations

from collections.abc import Callable

from qctl.engine.processes import classify, python_child
from qctl.engine.processes.attendant import Attendant
from qctl.engine.processes.cgroups import SlotGroups
from qctl.engine.processes.command_runner import CommandRunner
from qctl.engine.processes.leftovers import Leftovers
from qctl.engine.processes.nest import ask_to_hide
from qctl.engine.processes.prepare import NotRunnable, Preparation
from qctl.engine.processes.python_child import ChildRunner
from qctl.engine.processes.python_runner import PythonRunner
from qctl.engine.processes.reports import NOTHING, pack_json, pack_over
from qctl.engine.processes.reports import Kind as Said
from qctl.engine.processes.requests import said_in
from qctl.engine.processes.rundir import RunDir
from qctl.engine.processes.stopping import Stopping
from qctl.engine.processes.supervise import TreeFirst
from qctl.model.call import Kind
from qctl.model.output import encode_chunks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl import current
    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.imports import TaskCode
    from qctl.engine.processes.nest import SlotEnds
    from qctl.engine.processes.plan import PoolPlan
    from qctl.engine.processes.prepared import Prepared
    from qctl.engine.processes.reports import Measured
    from qctl.engine.processes.table import Row
    from qctl.model.ended import Ended
    from qctl.model.secrets import Veil

Say = Callable[[Said, bytes], None]


class Runner:
    """Runs attempts in this slot, one after the other."""

    def __init__(
        self,
        plan: PoolPlan,
        code: TaskCode,
        ends: SlotEnds,
        row: Row,
        worker_environ: Mapping[str, str],
        template: int,
        say: Say,
    ) -> None:
        self._row, self._ends, self._say = row, ends, say
        self._tree_first = TreeFirst(template)
        self._veil: Veil | None = None  #: over what the attempt that runs says
        self._groups = SlotGroups(plan.delegation)
        self._stopping = Stopping(row)
        self._run_dir = RunDir(ends.run_dir)
        self._run_dir_is_whole = True
        self._runs_here = True  #: the attempt runs in this very process
        self._child_ran = False  #: one in a process of its own was the latest
        self._leftovers = Leftovers()
        self._preparation = Preparation(plan, ends.run_dir, worker_environ)
        timezone = worker_environ.get("TZ")
        attendant = Attendant(
            self._stopping,
            self._leftovers,
            lambda chunks: say(Said.OUTPUT, encode_chunks(chunks)),
            self._tree_first,
        )
        self._python = PythonRunner(code, ends, row, self._stopping, self._leftovers, self._progress)
        self._child = ChildRunner(code, timezone, attendant, self._progress)
        self._commands = CommandRunner(self._run_dir, timezone, attendant)
        self._python.settle()

    def run(self, frame: Frame, began: float) -> tuple[Said, bytes]:
        """Run the attempt that the row shows, and say how it ended. `began`: when it may be said to have begun."""
        self._stopping.begin()
        try:
            prepared = self._prepare(frame, began)
            if prepared.veil is None:
                ended, measured = self._execute(prepared)
            else:
                ended, measured = self._execute_veiled(prepared, prepared.veil)
        except NotRunnable as refusal:
            ended, measured = refusal.ended, NOTHING
        if not (self._runs_here and self._python.was_instant):
            self._run_dir_is_whole = self._run_dir.tidy()
        return pack_over(ended, measured, began)

    def _prepare(self, frame: Frame, began: float) -> Prepared:
        row = self._row
        try:
            prepared = self._preparation.prepare(frame)
            here = prepared.alike is not None or (prepared.task.kind is Kind.CALL and not python_child.is_for(prepared))
            self._runs_here = here
            row.describe(prepared.number, own_process=not here)
        except NotRunnable:
            row.describe(0, own_process=False)
            raise
        finally:
            row.begin(began)
        return prepared

    def _execute(self, prepared: Prepared) -> tuple[Ended, Measured]:
        if self._runs_here:
            if self._child_ran:
                self._child_ran = False
                self._tree_first.end()
                self._python.forget_usage()
                self._commands.strange_code_runs()
            return self._python.run(prepared)
        self._child_ran = True
        runner = self._child if prepared.task.kind is Kind.CALL else self._commands
        spare, limits, user = prepared.task.leave_children, prepared.task.limits, prepared.other_user
        if user is None and not limits:
            return runner.run(prepared)
        with self._run_dir.lent_to(user), self._groups.group_for(limits, spare=spare) as group:
            return runner.run(prepared if group is None else prepared._replace(group=group))

    def _execute_veiled(self, prepared: Prepared, veil: Veil) -> tuple[Ended, Measured]:
        """Execute what has secrets: nothing of them leaves this process."""
        ask_to_hide(self._ends.handover, veil)
        self._veil = veil
        try:
            ended, measured = self._execute(prepared)
        except NotRunnable as refusal:
            ended, measured = refusal.ended, NOTHING
        finally:
            self._veil = None
        return classify.veiled(ended, veil), measured

    def _progress(self, said: current.Said) -> None:
        hide = str if self._veil is None else self._veil.over_text
        line = {"progress": said.fraction, "text": said.text, "told": said.told}
        self._say(Said.PROGRESS, pack_json(said_in(line, hide)))

    @property
    def worn_out(self) -> bool:
        """Whether the last attempt has destroyed what only a new slot can have anew: its run directory."""
        return not self._run_dir_is_whole

    @property
    def may_leave(self) -> bool:
        """Whether nothing ties this slot down: children that were left running on purpose end with their slot."""
        return not self._leftovers.keeps_children

    @property
    def must_clean_up(self) -> bool:
        """Whether the last attempt has left something that must be gone before the next one begins."""
        return self._leftovers.due

    def clean_up(self) -> None:
        """Wait for it, then kill it. From here on this slot dies with its template."""
        if self._leftovers.due:
            self._tree_first.begin()
            self._leftovers.finish()
        self._tree_first.end()
