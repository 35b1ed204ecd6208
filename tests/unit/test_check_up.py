"""What a check-up makes of what it sees: each judgement by itself, and a command wherever something is not fine."""

from __future__ import annotations

import resource
from dataclasses import replace
from pathlib import Path

import pytest

from qctl.client import Client
from qctl.client.checkup.host import judge_limits, look_at_locale, look_at_plugins, look_at_python
from qctl.client.checkup.place import judge_disk
from qctl.client.checkup.server import judge_clock
from qctl.client.checkup.work import judge_missing, judge_pauses, judge_repaired, judge_set_aside, look_at_definitions
from qctl.model.finding import Finding, Verdict, fail, ok, warn, worst
from qctl.model.server_judging import CVE, judge_memory, judge_persistence, judge_version
from qctl.model.starvation import PATIENCE_MS, Standing, Starving, starving
from qctl.store import Pause, WorkerInfo
from tests.unit.health_at_hand import AT_REST

GIGA = 1 << 30


def said(finding: Finding) -> tuple[str, str]:
    """Verdict and text; a finding that is not fine names a command."""
    assert finding.verdict is Verdict.OK or finding.next
    assert "\n" not in finding.found
    return finding.verdict.value, finding.found


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("6.0.16", "fail"),
        ("6.2.14", "warn"),
        ("6.2.20", "ok"),
        ("7.0.15", "warn"),
        ("7.2.10", "warn"),
        ("7.2.11", "ok"),
        ("7.4.5", "warn"),
        ("8.0.4", "ok"),
        ("8.1.0", "warn"),
        ("8.2.2", "ok"),
        ("8.4.0", "ok"),
    ],
)
def test_a_shared_redis_older_than_the_mended_releases_is_doubtful(version: str, verdict: str) -> None:
    """Attack 43."""
    found = judge_version({"redis_version": version}, embedded=False, from_wheel=False)
    assert said(found)[0] == verdict
    assert (CVE in found.found) == (verdict == "warn")


@pytest.mark.parametrize(("version", "verdict"), [("7.1.0", "fail"), ("7.2.10", "warn"), ("8.1.4", "ok")])
def test_a_valkey_is_judged_by_its_own_versions(version: str, verdict: str) -> None:
    info = {"redis_version": "7.2.4", "valkey_version": version, "server_name": "valkey"}
    found = judge_version(info, embedded=False, from_wheel=False)
    assert said(found)[0] == verdict
    assert found.found.startswith(f"valkey {version}")


def test_the_server_of_the_wheel_is_a_fallback_behind_a_private_socket() -> None:
    """Attack 43, as reference.md has it."""
    found = judge_version({"redis_version": "6.2.14"}, embedded=True, from_wheel=True)
    assert said(found)[0] == "warn"
    assert "fallback" in found.found
    assert "only you can open" in found.found
    assert found.next.startswith("apt-get install redis-server && qctl down")
    assert said(judge_version({"redis_version": "7.0.15"}, embedded=True, from_wheel=False))[0] == "ok"


@pytest.mark.parametrize(
    ("limit", "used", "policy", "verdict", "words"),
    [
        (0, 5, "allkeys-lru", "ok", "no maxmemory"),
        (100, 5, "noeviction", "ok", "noeviction"),
        (100, 95, "noeviction", "warn", "nearly full"),
        (100, 120, "noeviction", "fail", "full"),
        (100, 5, "allkeys-lru", "fail", "may drop jobs"),
        (100, 5, "volatile-ttl", "fail", "may drop jobs"),
    ],
)
def test_memory_that_is_short_or_makes_room_by_dropping_keys(
    limit: int, used: int, policy: str, verdict: str, words: str
) -> None:
    """Fault 41."""
    info = {"maxmemory": str(limit * GIGA), "used_memory": str(used * GIGA), "maxmemory_policy": policy}
    found = judge_memory(info, "redis-cli -u redis://h")
    assert (said(found)[0], words in found.found) == (verdict, True)


@pytest.mark.parametrize(
    ("info", "settings", "verdict", "words"),
    [
        ({"aof_enabled": "1"}, {"appendfsync": "always"}, "ok", "nothing that was accepted is lost"),
        ({"aof_enabled": "1"}, {"appendfsync": "everysec"}, "ok", "up to 2 seconds"),
        ({"aof_enabled": "1"}, {"appendfsync": "no"}, "warn", "up to 30 seconds"),
        ({"aof_enabled": "1"}, {}, "ok", "cannot be read"),
        ({"aof_enabled": "1", "aof_last_write_status": "err"}, {}, "fail", "failed"),
        ({}, {"save": ""}, "warn", "none: all jobs are lost"),
        ({}, {"save": "3600 1 300 100 60 10000"}, "warn", "up to 3600 seconds (1h)"),
        ({}, {}, "warn", "everything since the last one"),
        ({"rdb_last_bgsave_status": "err"}, {"save": "60 1"}, "fail", "snapshot failed"),
    ],
)
def test_what_is_lost_when_a_server_dies(
    info: dict[str, str], settings: dict[str, str], verdict: str, words: str
) -> None:
    """Fault 35."""
    found = judge_persistence(info, settings, "redis-cli -u redis://h")
    assert (said(found)[0], words in found.found) == (verdict, True)


@pytest.mark.parametrize(
    ("ahead", "took", "verdict"),
    [(0.0, 0.001, "ok"), (4.9, 0.0, "ok"), (-5.5, 0.0, "warn"), (3600.0, 0.1, "warn"), (6.0, 2.0, "ok")],
)
def test_clocks_that_differ_by_more_than_five_seconds(ahead: float, took: float, verdict: str) -> None:
    """Fault 57; what the answer took is no difference."""
    assert said(judge_clock(ahead, took))[0] == verdict


@pytest.mark.parametrize(
    ("free", "whole", "verdict"), [(50, 100, "ok"), (0.5, 100, "warn"), (0.05, 100, "fail"), (0.03, 0.05, "ok")]
)
def test_a_disk_that_is_full(free: float, whole: float, verdict: str) -> None:
    found = judge_disk("disk", Path("/srv"), int(free * GIGA), int(whole * GIGA))
    assert said(found)[0] == verdict


@pytest.mark.parametrize(
    ("files", "processes", "verdict", "advice"),
    [
        ((1024, 4096), (resource.RLIM_INFINITY, resource.RLIM_INFINITY), "ok", ""),
        ((256, 4096), (1000, 1000), "warn", "ulimit -n 1024"),
        ((256, 512), (1000, 1000), "warn", "ulimit -n 512"),
        ((1024, 1024), (100, resource.RLIM_INFINITY), "warn", "ulimit -u 512"),
    ],
)
def test_limits_too_low_for_a_worker(
    files: tuple[int, int], processes: tuple[int, int], verdict: str, advice: str
) -> None:
    found = judge_limits(files, processes)
    assert (said(found)[0], found.next) == (verdict, advice)


def test_no_folder_is_advised_for_path_in_which_there_is_no_qctl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `python -m qctl` in a checkout."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.executable", f"{tmp_path}/python")
    assert look_at_python().next == f"alias qctl='{tmp_path}/python -m qctl'"

    (tmp_path / "qctl").touch(mode=0o755)
    assert look_at_python().next == f'export PATH="{tmp_path}:$PATH"'


def test_locale_and_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack 57."""
    monkeypatch.delenv("QCTL_ASCII", raising=False)
    assert said(look_at_locale(unicode=False))[0] == "warn"
    monkeypatch.setenv("QCTL_ASCII", "1")
    assert said(look_at_locale(unicode=False))[0] == "ok"
    assert "none: qctl loads nothing" in said(look_at_plugins())[1]


def test_pauses_are_told_with_who_and_since_when() -> None:
    pause = Pause(by="ana@db1", reason="mail moves", at_ms=0, until_ms=None)
    found = judge_pauses({"mails": pause}, 3 * 3_600_000)
    assert said(found) == ("warn", "mails by ana@db1 since 3h (mail moves)")
    assert found.next == "qctl queue resume mails"
    assert judge_pauses({"*": pause, "mails": pause}, 0).next == "qctl resume --all"


def test_jobs_of_tasks_that_nobody_has() -> None:
    assert said(judge_missing({"old": 2})) == ("warn", "no live worker has old (2 jobs)")
    assert said(judge_missing({}))[0] == "ok"
    assert said(judge_missing({"form 2": 2, "form 3": 1, "old": 2})) == (
        "warn",
        "3 jobs written by a newer qctl, of which no worker is there",
    )


def test_records_that_were_set_aside_are_named_with_what_shows_and_what_removes_them() -> None:
    found = judge_set_aside(3, {"torn": 60_000, "bent": 0}, 120_000)
    assert said(found) == ("warn", "of 3 jobs the record could not be read: torn (1m ago), bent (2m ago) and 1 more")
    assert found.next == "qctl show torn        what stands in it; then: qctl rm torn bent"
    assert said(judge_set_aside(0, {}, 0)) == ("ok", "none was set aside")


def test_jobs_that_stood_nowhere_are_counted() -> None:
    """Fault 81."""
    found = judge_repaired(2, {"torn": 60_000}, 120_000)
    assert said(found) == ("warn", "2 jobs stood nowhere, were put back: torn (1m ago) and 1 more")
    assert said(judge_repaired(0, {}, 0)) == ("ok", "no job was found to stand nowhere")


NOW = 10 * PATIENCE_MS
LONG, SHORT = NOW - 2 * PATIENCE_MS, NOW - PATIENCE_MS // 2


@pytest.mark.parametrize(
    ("heads", "running", "found"),
    [
        ([], [], None),
        ([(2, LONG)], [], None),
        ([(2, LONG)], [(9, SHORT)], Starving(2, 2 * PATIENCE_MS)),
        ([(2, LONG)], [(1, SHORT)], None),
        ([(2, LONG)], [(9, LONG - 1)], None),
        ([(2, LONG), (9, SHORT)], [], Starving(2, 2 * PATIENCE_MS)),
        ([(2, SHORT), (9, NOW)], [(9, NOW)], None),
        ([(9, LONG), (2, SHORT)], [(9, SHORT)], None),
    ],
)
def test_a_level_starves_when_others_pass_it_for_long(
    heads: list[tuple[int, int]], running: list[tuple[int, int]], found: Starving | None
) -> None:
    """Fault 73: levels are exact, and that is said."""
    assert starving([Standing(*each) for each in heads], [Standing(*each) for each in running], NOW) == found


def test_the_worst_verdict_counts() -> None:
    fine, doubtful, wrong = ok("a", ""), warn("b", "", "x"), fail("c", "", "x")
    assert worst([]) is Verdict.OK
    assert worst([doubtful, fine]) is Verdict.WARN
    assert worst([fine, wrong, doubtful]) is Verdict.FAIL


def a_worker(label: str, pid: int, **broken: str) -> WorkerInfo:
    about = {"label": label, "pid": pid, "broken": broken}
    return WorkerInfo(id=label, about=about, beat=1, seen_ms=0, since_ms=0, command="", condemned=False)


def test_every_module_that_a_worker_cannot_import_is_named() -> None:
    workers = (
        a_worker("w1", 11, ops="ImportError: no x\nmore", mail="ValueError: y"),
        a_worker("w2", 12, ops="ImportError: no x"),
    )
    health = replace(AT_REST, workers=workers)
    found = look_at_definitions(Client.__new__(Client), health)
    assert said(found) == (
        "warn",
        "workers w1, w2 cannot import ops: ImportError: no x; worker w1 cannot import mail: ValueError: y",
    )
    assert found.next.startswith("kill -HUP 11 12 ")


def test_a_worker_that_waits_for_its_code_is_not_said_to_run_other_tasks() -> None:
    """Fault 84."""
    known, waits = a_worker("w1", 11), a_worker("w2", 12)
    waits.about["importing"] = True  # type: ignore[index]
    health = replace(AT_REST, workers=(known, waits))

    found = look_at_definitions(Client.__new__(Client), health)

    assert said(found) == ("warn", "w2 still imports code, and jobs that need it wait")
