"""What a Celery user does in the first week: calls, links, chains, groups, chords, retries, progress, results."""

from __future__ import annotations

from qctl import AsyncResult, signature
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import add

SOON = 15.0  #: seconds that anything here may take


def test_delay_and_get_bring_back_what_the_task_returned(site: Site) -> None:
    assert add.delay(4, 4).get(SOON) == 8
    assert add.apply_async((4,), {"y": 5}).get(SOON) == 9
    assert signature(f"{tasks.HERE}.add", args=(1, 2)).delay().get(SOON) == 3


def test_a_chain_passes_values_on_and_its_handle_is_the_last_one(site: Site) -> None:
    """C01, C11."""
    last = (add.s(4, 4) | add.s(8) | add.s(16)).delay()
    assert isinstance(last, AsyncResult)
    assert last.get(SOON) == 32
    assert last.parent is not None
    assert last.parent.parent is not None
    assert [last.parent.get(SOON), last.parent.parent.get(SOON), last.parent.parent.parent] == [16, 8, None]
    assert last.workflow is not None
    assert last.workflow.get(SOON) == 32
