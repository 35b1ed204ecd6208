"""What is due is fired, once each, and the ledger says what became of every instant."""

from __future__ import annotations

from qctl.errors import QctlError
from qctl.model.occurrence import End
from tests.integration.beat.desk import Desk, DrivenBeat
from tests.support import eventually


class ConnectionLost(QctlError):
    """the test has cut it"""


def test_a_schedule_is_fired_when_it_is_due_and_not_before(desk: Desk) -> None:  # C15, O4
    desk.declare("'0 13 * * *'")
    desk.start()
    desk.at("2026-03-01 12:59:58")
    assert desk.rows() == []
    desk.at("2026-03-01 13:00:00")
    assert desk.rows() == ["03-01 13:00 fired"]
    desk.at("2026-03-01 13:00:30")
    assert desk.rows() == ["03-01 13:00 fired"]


def test_a_fired_job_knows_its_schedule_its_instant_and_its_parameters(desk: Desk) -> None:
    desk.write(
        "[qctl]\ntimezone = 'UTC'\n[tasks.a]\nrun = 'true'\ntags = ['night']\nqueue = 'slow'\n"
        "params.keep = { type = 'int', default = 3 }\n"
        "schedule = { cron = '0 13 * * *', with = { keep = 7 }, deadline = '1h' }\n"
    )
    desk.start()
    desk.at("2026-03-01 13:00:00")
    (job,) = desk.jobs()
    call = job.call
    assert (call.task, job.queue, call.params, call.tags) == ("a", "slow", {"keep": 7}, ("night",))
    assert (call.schedule, call.scheduled_for, call.by) == ("a", "2026-03-01T13:00:00.000Z", "schedule")
    assert call.key == "a@2026-03-01T13:00:00.000Z"
    assert job.expires_ms is not None
    assert 0 <= job.expires_ms - desk.schedules.ledger("a", 1)[0].at_ms - 3_600_000 < 1000


def test_a_job_of_a_host_waits_in_that_hosts_part_of_the_queue(desk: Desk) -> None:
    desk.write("[tasks.a]\nrun = 'true'\nhost = ['each', 'db1', 'db2']\nschedule = '* * * * *'\n")
    desk.start()
    desk.at("2026-03-01 12:01:00")
    assert [desk.jobs(f"a@{host}")[0].queue for host in ("db1", "db2")] == ["default@db1", "default@db2"]


def test_of_several_hosts_one_with_a_live_worker_is_chosen(desk: Desk) -> None:
    desk.write(
        "[tasks.a]\nrun = 'true'\nhost = ['db1', 'db2', 'db3']\nschedule = { cron = '* * * * *', overlap = 'allow' }\n"
    )
    beat = desk.start()
    for minute in range(1, 9):
        desk.server.set(f"2026-03-01 12:0{minute}:00")
        desk.order(desk.store.verbs.register("w", {"host": "db2", "phase": "working"}))
        beat.wait(10.0)
    assert {job.queue for job in desk.jobs()[1:]} == {"default@db2"}


def test_while_a_job_is_active_the_next_is_skipped_and_says_so_once(desk: Desk) -> None:  # O5, O12, fault 66
    desk.declare("'* * * * *'")
    beat = desk.start()
    for minute in (1, 2, 3):
        desk.at(f"2026-03-01 12:0{minute}:00")
    assert desk.rows() == ["03-01 12:01 fired", "03-01 12:02 skipped:overlap", "03-01 12:03 skipped:overlap"]
    (job,) = desk.jobs()
    assert desk.schedules.ledger("a", 1)[0].job == job.id
    assert beat.log.count("action=skipped") == 1


def test_of_a_job_that_is_longer_than_its_interval_every_second_minute_runs_and_one_warning_is_written(
    desk: Desk,
) -> None:
    """O12: 61 s every 60 s; another warning comes when it was well in between."""
    desk.declare("'* * * * *'")
    beat = desk.start()
    for minute in range(1, 13):
        desk.at(f"2026-03-01 12:{minute:02d}:00")
        if not minute % 2:
            desk.end_jobs()
    assert [row.split()[-1] for row in desk.rows()] == ["fired", "skipped:overlap"] * 6
    assert beat.log.count("action=skipped") == 1

    for minute in range(13, 17):
        desk.at(f"2026-03-01 12:{minute:02d}:00")
        if minute < 15:
            desk.end_jobs()
    assert beat.log.count("action=skipped") == 2


def test_when_the_job_has_ended_the_next_is_fired_though_the_beat_believed_it_active(desk: Desk) -> None:  # O9
    desk.declare("'* * * * *'")
    desk.start()
    desk.at("2026-03-01 12:01:00")
    desk.end_jobs()
    desk.at("2026-03-01 12:02:00")
    assert desk.rows() == ["03-01 12:01 fired", "03-01 12:02 fired"]


def test_overlap_holds_over_a_restart_of_the_beat(desk: Desk) -> None:  # O10
    desk.declare("'* * * * *'")
    desk.start()
    desk.at("2026-03-01 12:01:00")
    desk.beats[0].close()
    second = desk.start("b2")
    desk.at("2026-03-01 12:02:04", second)
    assert desk.rows()[-1] == "03-01 12:02 skipped:overlap"


def test_queue_waits_for_the_first_and_merges_further_ones(desk: Desk) -> None:  # O6, fault 66
    desk.declare("{ cron = '* * * * *', overlap = 'queue' }")
    desk.start()
    for minute in (1, 2, 3):
        desk.at(f"2026-03-01 12:0{minute}:00")
    assert desk.rows() == ["03-01 12:01 fired", "03-01 12:02 fired", "03-01 12:03 merged"]
    first, second = desk.jobs()
    assert (first.state.value, second.state.value) == ("queued", "waiting")
    desk.order(desk.store.verbs.cancel([first.id], {}))
    assert desk.jobs()[1].state.value == "queued"


def test_replace_stops_the_one_that_is_active(desk: Desk) -> None:  # O8, fault 66
    desk.declare("{ cron = '* * * * *', overlap = 'replace' }")
    desk.start()
    desk.at("2026-03-01 12:01:00")
    desk.at("2026-03-01 12:02:00")
    first, second = desk.jobs()
    assert (first.outcome and first.outcome.value, second.state.value) == ("cancelled", "queued")


def test_a_deadline_that_is_over_is_not_run(desk: Desk) -> None:  # C13
    desk.declare("{ cron = '0 13 * * *', deadline = '30m' }")
    desk.start()
    desk.at("2026-03-01 15:00:00")
    assert desk.rows() == ["03-01 13:00 skipped:deadline"]


def test_a_blackout_is_not_run_in(desk: Desk) -> None:
    desk.declare("{ cron = '0 * * * *', blackout = ['13:00-14:00'] }")
    desk.start()
    desk.at("2026-03-01 13:00:00")
    desk.at("2026-03-01 14:00:00")
    assert desk.rows() == ["03-01 13:00 skipped:blackout", "03-01 14:00 fired"]


def test_disabled_time_is_not_made_up_for(desk: Desk) -> None:  # C17
    desk.declare("'0 * * * *'")
    desk.start()
    desk.order(desk.store.verbs.disable(["a"], {"by": "ann", "reason": "repair"}))
    desk.at("2026-03-01 13:00:00")
    desk.at("2026-03-01 14:59:00")
    desk.order(desk.store.verbs.enable(["a"]))
    desk.at("2026-03-01 15:00:00")
    rows = desk.rows()
    assert rows == ["03-01 13:00 skipped:disabled", "03-01 14:00 skipped:disabled", "03-01 15:00 fired"]
    assert desk.schedules.ledger("a", 10)[-1].note == "by ann: repair"


def test_a_pause_of_all_skips_and_ends(desk: Desk) -> None:  # R14
    desk.declare("'0 * * * *'")
    desk.start()
    desk.order(desk.store.verbs.pause(["*"], {"by": "ann"}, None))
    desk.at("2026-03-01 13:00:00")
    desk.beats[0].close()
    desk.server.set("2026-03-01 13:59:58")
    second = desk.start("b2")
    desk.at("2026-03-01 14:00:04", second)
    desk.order(desk.store.verbs.resume(["*"]))
    desk.at("2026-03-01 15:00:04", second)
    assert desk.rows() == ["03-01 13:00 skipped:paused", "03-01 14:00 skipped:paused", "03-01 15:00 fired"]


def well_put_off(beat: DrivenBeat) -> tuple[str, int]:
    """A schedule of which the start is put off by more than some seconds, and by how many ms: names decide it."""
    entries = beat.beat.timetable.entries.values()
    return next((entry.name, entry.offset_ms) for entry in entries if 5_000 < entry.offset_ms < 590_000)


def test_jitter_puts_the_start_off_and_not_the_instant(desk: Desk) -> None:  # O13, O14
    desk.declare(*["{ cron = '0 * * * *', jitter = '10m' }"] * 4)
    beat = desk.start()
    name, offset_ms = well_put_off(beat)
    offset_s = offset_ms // 1000
    desk.at(f"2026-03-01 13:{(offset_s - 2) // 60:02d}:{(offset_s - 2) % 60:02d}")
    beat.take_up()
    assert desk.rows(name) == []
    desk.at(f"2026-03-01 13:{(offset_s + 1) // 60:02d}:{(offset_s + 1) % 60:02d}")
    assert desk.rows(name) == ["03-01 13:00 fired"]


def test_a_change_inside_the_time_by_which_a_start_is_put_off_neither_skips_nor_doubles_it(desk: Desk) -> None:  # O14
    desk.declare(*["{ cron = '0 * * * *', jitter = '10m' }"] * 4)
    beat = desk.start()
    name, _ = well_put_off(beat)
    desk.at("2026-03-01 13:00:00.500")
    desk.declare(*["{ cron = '0 * * * *', jitter = '10m', overlap = 'allow' }"] * 4)
    beat.take_up()
    assert desk.rows(name) == []
    desk.at("2026-03-01 13:10:00")
    assert desk.rows(name) == ["03-01 13:00 fired"]
    assert desk.state(name).generation == 2


def test_every_counts_from_when_the_schedule_came_to_be(desk: Desk) -> None:  # E28
    desk.declare("'every 90m'")
    desk.start().close()
    desk.server.set("2026-03-01 13:00:00")
    second = desk.start("b2")
    desk.at("2026-03-01 13:29:00", second)
    assert desk.rows() == []
    desk.at("2026-03-01 13:30:04", second)
    assert desk.rows() == ["03-01 13:30 fired"]


def test_a_lost_answer_is_asked_again_and_fires_once(desk: Desk) -> None:  # fault 63
    desk.declare("'0 13 * * *'")
    beat = desk.start()
    desk.server.set("2026-03-01 13:00:00")
    beat.clock.advance(5)
    while not beat.beat._firings._sending.under_way:
        beat.step()
    eventually(desk.rows)  # the firing has been sent; before its answer is read the connection breaks
    assert beat.station.line.busy, "the answer is still to be read"
    assert "action=fire" not in beat.log
    beat.station.line.leave(ConnectionLost(), beat.clock.monotonic())
    beat.wait()
    assert desk.rows() == ["03-01 13:00 fired"]
    assert len(desk.jobs()) == 1
    assert [row.end for row in desk.schedules.ledger("a", 10)] == [End.FIRED]
    desk.end_jobs()
    desk.at("2026-03-02 13:00:00")
    assert desk.rows() == ["03-01 13:00 fired", "03-02 13:00 fired"]
    assert beat.log.count("action=fire") == 2, "its own firing is recognised"
