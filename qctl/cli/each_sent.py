"""What `qctl run --each` does with its requests: many jobs are submitted at once, and perhaps waited for."""

from __future__ import annotations

from qctl.cli.adhoc import check_adhoc
from qctl.cli.emit import write
from qctl.cli.requesting import awaiting
from qctl.cli.several import accompany_all, tell_all
from qctl.client import run_directory
from qctl.client.sending import SomeRefused, SomeUnknown
from qctl.config.requests import ADHOC_TASK
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.cli.each import Each
    from qctl.cli.lines_refused import LinesRefused
    from qctl.cli.planned import show_plans, submit_inside
    from qctl.cli.session import Session
    from qctl.client import Client, Receipt
    from qctl.client.inside import InnerClient
    from qctl.config import Config
else:
    LinesRefused = later("qctl.cli.lines_refused", "LinesRefused")
    show_plans, submit_inside = (later("qctl.cli.planned", name) for name in ("show_plans", "submit_inside"))
    InnerClient = later("qctl.client.inside", "InnerClient")


def submit_each(wanted: Each, config: Config, here: Session, *, wait: bool, follow: bool, timeout: float | None) -> int:
    """Submit a job for each line: their ids on stdout, how many on stderr. Waiting, it exits 1 if one failed."""
    if not wanted:
        here.say("nothing to submit: there is no line")
        return 0
    if here.settings.dry_run:
        show_plans(wanted, config, here)
        return 0
    if (folder := run_directory(here.environ)) is not None:
        with wanted.naming_lines():
            return submit_inside(InnerClient(folder, config), wanted, wait or follow, here)
    with here.client(config) as client:
        check_adhoc(client, wanted.task is None)
        client.look_along()
        receipts = _send(client, wanted, here)
        lost = tell_all(client, receipts, here, why="one for each line", waits=wait or follow)
        if lost or not (wait or follow):
            return lost
        task = wanted.task or ADHOC_TASK
        return accompany_all(client, receipts, here, follow=follow, timeout=timeout, task=task)


def _send(client: Client, wanted: Each, here: Session) -> list[Receipt]:
    after = tuple(map(client.resolve, wanted.after))
    requests = (awaiting(one, after) for one in wanted)
    try:
        with wanted.naming_lines():
            return client.submit(requests, strict=client.knows_every_task)
    except (SomeRefused, SomeUnknown) as error:
        if here.settings.output not in ("json", "jsonl"):  # there the error is the one document, and has them
            for job in error.accepted or ():
                write(job)
        if isinstance(error, SomeRefused) and len(error.receipts) + len(error.refused) == len(wanted):
            raise LinesRefused(error, wanted) from error
        raise  # a line is several jobs, one for each host
