"""Schedules that are due at a boot of their host, or at a start of beat."""

from __future__ import annotations

import os

from qctl.engine.identity import boot_id
from tests.integration.beat.desk import Desk


def of_old(desk: Desk) -> None:
    """Let the file be older than this machine's boot."""
    os.utime(desk.file, (1, 1))


def ends(desk: Desk, name: str = "a") -> list[str]:
    return [row.split()[-1] for row in desk.rows(name)]


def test_reboot_runs_once_for_a_boot_however_often_a_beat_starts(desk: Desk) -> None:  # O1, O2
    desk.declare("'@reboot'")
    of_old(desk)
    desk.start().close()
    assert ends(desk) == ["fired"]
    desk.start("b2").close()
    assert ends(desk) == ["fired"]
    assert list(desk.state().boots.values()) == [boot_id()]


def test_reboot_does_not_run_at_its_first_publication_for_a_boot_before_it_was_written(desk: Desk) -> None:
    desk.declare("'@reboot'")
    desk.start().close()
    assert ends(desk) == []
    of_old(desk)
    desk.start("b2").close()
    assert ends(desk) == [], "it counts as seen for this boot"


def test_reboot_runs_again_after_the_next_boot(desk: Desk) -> None:  # O1
    desk.declare("'@reboot'")
    of_old(desk)
    desk.start().close()
    desk.end_jobs()
    beat = desk.start("b2", boot="another-boot")
    assert ends(desk) == ["fired", "fired"]
    beat.take_up()
    assert ends(desk) == ["fired", "fired"]


def test_reboot_of_another_host_is_left_to_that(desk: Desk) -> None:
    desk.write("[tasks.a]\nrun = 'true'\nhost = 'elsewhere'\nschedule = '@reboot'\n")
    of_old(desk)
    desk.start()
    assert ends(desk) == []


def test_start_runs_at_each_start_of_beat_and_at_no_reload(desk: Desk) -> None:  # O3
    desk.declare("'@start'")
    beat = desk.start()
    desk.end_jobs()
    desk.declare("'@start'", "'@start'")
    beat.take_up()
    assert (ends(desk), ends(desk, "b")) == (["fired"], [])
    beat.close()
    desk.start("b2")
    assert (ends(desk), ends(desk, "b")) == (["fired", "fired"], ["fired"])


def test_two_beats_run_a_reboot_of_their_host_once(desk: Desk) -> None:
    desk.declare("'@reboot'")
    of_old(desk)
    desk.start("b1")
    desk.start("b2")
    assert ends(desk) == ["fired"]
