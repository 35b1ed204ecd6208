"""A task that adds members to a group: they become nodes here, where the configuration is, and go to the worker."""

from __future__ import annotations

import os
import random

from qctl.config.options import Options
from qctl.config.pipelines import prepare_members
from qctl.config.steps import Whole
from qctl.current import NoGroup, ask_worker
from qctl.errors import OutcomeUnknown, QctlError, UsageError
from qctl.model.submission_json import Extension, write_extension
from qctl.model.workflow.node_names import parts_of
from qctl.model.workflow.plan import ADDED_FROM
from qctl.model.workflow.tree import Chain, Group, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from qctl.config import Config
    from qctl.engine.processes.prepared import Prepared
    from qctl.model.workflow.tree import Tree

_PATIENCE: Final = 10.0  #: seconds that the worker may take to answer
_TRIES: Final = 5
_NUMBERS: Final = (ADDED_FROM, 1_000_000_000)  #: of nodes that are added: nobody here knows which numbers are taken


class Extending:
    """What `current.extend_group` does in the job that runs. `ask` has an extension carried out, by its worker."""

    def __init__(self, config: Config, ask: Callable[[Extension], str], prepared: Prepared | None = None) -> None:
        self._config, self._ask = config, ask
        self.prepared = prepared  #: the attempt that runs

    def __call__(self, members: Sequence[Tree], group: str) -> None:
        """Add members. Raises NoGroup, and QctlErrors of what cannot be run."""
        for member in members:
            if not isinstance(member, Step | Chain | Group):
                raise UsageError(f"a group's member is a signature, a chain or a group, not a {type(member).__name__}")
        if not members:
            return
        token = os.urandom(8).hex()
        for _ in range(_TRIES):
            answer = self._ask(self._extension(members, group, token))
            if answer in ("OK", "ALREADY"):
                return
            if answer != "COLLISION":
                raise NoGroup(_WHY.get(answer, answer).format(group=f"group {group}" if group else "its group"))
        raise NoGroup(f"no free names for {len(members)} members were found")

    def _extension(self, members: Sequence[Tree], group: str, token: str) -> Extension:
        prepared = self.prepared
        assert prepared is not None
        parts = parts_of(prepared.frame.id)
        if parts is None:
            raise NoGroup("this job is no step of a workflow, and within no group")
        call, number = prepared.call, random.randrange(*_NUMBERS)  # noqa: S311 - no secret
        before = parts_of(call.parent_id) if call.parent_id else None
        whole = Whole(id=parts[0], config=self._config, options=Options(), by=None, folder=prepared.cwd)
        added = prepare_members(
            members,
            whole,
            group=group or f"g{number}",
            position=0,
            number=number + 1,
            parent=before[1] if before else None,
            fed=bool(prepared.frame.received),
        )
        return Extension(group, added.nodes, added.heads, token)


def ask_worker_to_extend(run_dir: str, extension: Extension) -> str:
    """The store's answer. What got lost on the way is asked once more: the token adds nothing twice."""
    for last in (False, True):
        try:
            reply = ask_worker(run_dir, {"extend": write_extension(extension)}, _PATIENCE)
        except (OSError, ValueError) as error:
            raise QctlError(f"the worker of this job does not answer: {error}") from error
        if "error" not in reply:
            return str(reply["extended"])
        if last or reply.get("exit_code") != OutcomeUnknown.exit_code:
            raise QctlError(f"the worker of this job refuses: {reply['error']}")
    raise AssertionError("unreachable")


_WHY: Final = {
    "FINAL": "{group} is over: nothing can be added to it any more",
    "UNKNOWN": "there is no group to add to: this job is within none",
    "FENCED": "this attempt is not the job's any more",
}
