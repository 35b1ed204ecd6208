"""Why a task of a module is not known: a worker that lives could not import the module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from qctl.cli import knowing
from qctl.client.catalogs import unimportable
from qctl.client.terms import WorkerInfo
from qctl.config import Config, catalog
from qctl.config.catalog_lines import tasks_of
from qctl.errors import NotFound
from qctl.model.call import Kind
from qctl.model.task import Param, ParamType, Task

WHY = "ModuleNotFoundError: No module named 'reqests'"
SAID = f"worker db1.1 cannot import shop.mail: {WHY}"


class Here:
    """A session outside any job."""

    environ: Mapping[str, str] = {}


def asked(monkeypatch: pytest.MonkeyPatch, name: str) -> Config:
    def told(_here: Any, _config: Config, broken: dict[str, str] | None = None) -> Mapping[str, Task]:
        assert broken is not None
        broken["shop.mail"] = SAID
        return {"shop.pay": Task(name="shop.pay", kind=Kind.CALL, call="shop:pay")}

    monkeypatch.setattr(knowing, "_told", told)
    return knowing.with_told(cast("Any", Here()), Config(modules=("shop", "shop.mail")), [name])


def test_a_task_of_a_module_that_could_not_be_imported_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotFound, match=r"no task `shop\.mail\.send`: worker db1\.1 cannot import shop\.mail") as caught:
        asked(monkeypatch, "shop.mail.send")
    assert WHY in str(caught.value)
    assert "qctl doctor" in caught.value.advice


@pytest.mark.parametrize("name", ["shop.pay", "shop.mailing", "other"])
def test_any_other_task_has_nothing_to_do_with_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert (asked(monkeypatch, name).known(name) is not None) == (name == "shop.pay")


def test_what_a_worker_could_not_import_is_told_in_one_line_each() -> None:
    worker = cast("WorkerInfo", type("W", (), {"label": "db1.1", "about": {"broken": {"shop.mail": f"{WHY}\nmore"}}}))
    assert unimportable([worker]) == {"shop.mail": SAID}


@pytest.mark.parametrize(
    "odd", [{"hash": "1", "file": "t"}, {"params": 1}, {"params": [None]}, None, [], "x", {"kind": "?"}]
)
def test_what_a_worker_of_another_release_tells_of_a_task_hides_it_from_nobody(odd: Any) -> None:
    """Fault 79: it lacks what this release asks for, or somebody has written nonsense; another worker tells more."""
    task = Task(name="a", kind=Kind.CALL, call="m:a", params=(Param(name="p", type=ParamType.INT),))
    ours = catalog(Config(tasks={"a": task}))

    for catalogs in ([{"a": odd, "b": odd}, ours], [ours, {"a": odd, "b": odd}]):
        found = tasks_of(catalogs)
        assert list(found) == ["a"]
        assert found["a"].params[0].type is ParamType.INT
