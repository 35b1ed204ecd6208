"""Who a worker is, and when its process is certainly gone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from qctl.engine.identity import identify, is_gone, start_time
from qctl.model.names import is_name


def test_an_id_is_new_at_every_start_and_a_label_stays() -> None:
    first, second = identify("web1"), identify("web1")

    assert first.label == second.label == "web1"
    assert first.id != second.id


def test_any_host_name_gives_an_id_that_may_stand_in_a_key() -> None:
    assert is_name(identify("héllo {web}:1 " + "x" * 200).id)


def test_a_living_process_is_not_gone() -> None:
    here = identify()

    assert not is_gone(here.about(), here)


def test_a_process_that_ended_is_gone_even_while_nobody_has_reaped_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    about = identify().about() | {"pid": child.pid, "start": start_time(child.pid)}
    assert not is_gone(about, identify())

    child.kill()
    child.wait()

    assert is_gone(about, identify())
    assert child.stdin is not None
    child.stdin.close()


def test_a_pid_that_was_used_again_and_a_boot_that_passed_are_gone() -> None:
    here = identify()

    assert is_gone(here.about() | {"start": "1"}, here)
    assert is_gone(here.about() | {"boot": "another"}, here)


def test_a_worker_of_another_host_cannot_be_judged() -> None:
    here = identify()

    assert not is_gone(here.about() | {"host": "elsewhere", "start": "1", "boot": "another"}, here)
    assert not is_gone({}, here)


@pytest.mark.parametrize("namespace", ["pid:[1]", "", None])
def test_a_worker_whose_process_numbers_mean_others_is_not_judged(namespace: str | None) -> None:
    """Two containers that share a host's name: neither sees the other's process, and both live."""
    here = identify()
    about = here.about() | {"pid_namespace": namespace, "start": "1"}

    assert here.pid_namespace
    assert not is_gone(about, here)
    assert not is_gone(about | {"boot": "another"}, here)
    assert not is_gone({name: about[name] for name in about if name != "pid_namespace"}, here)
    assert not is_gone(here.about() | {"start": "1", "pid_namespace": ""}, replace(here, pid_namespace=""))
