"""What people read of commands of their own, of failures, and on terminals without unicode."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.cli.screens import machines
from qctl.cli.screens.words import called
from qctl.model.around import Around, History
from qctl.model.call import Kind
from qctl.model.job_words import call_words, telling_words, title_of
from qctl.model.report import report
from qctl.model.signs import drawing_in_ascii
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import PIPE, WIDE

SERVER = "unix:///home/ana/.local/state/qctl/redis.sock (embedded)"


def test_failures_of_the_last_day_stand_beside_the_work_where_there_are_any() -> None:
    facts = dict.fromkeys(("workers", "running", "queued", "scheduled"), 1) | {"health": "healthy", "problems": []}
    told = machines.status(facts | {"server": "s", "failed_last_day": 1_200}, WIDE)
    assert told[1] == "  1 worker · 1 running, 1 queued, 1 scheduled · 1,200 failed in the last day"


def test_a_text_for_the_shell_is_called_by_itself_and_not_by_the_shell() -> None:
    """What one typed after `--sh`; in a narrow column `/bin/sh -c` would be all that is seen."""
    call = replace(at_hand.queued().call, kind=Kind.ADHOC, args=("/bin/sh", "-c", 'gzip "$1" && sync', "sh"))
    assert call_words(call) == 'gzip "$1" && sync'
    assert call_words(replace(call, args=(*call.args, "a.log"))) == 'gzip "$1" && sync -- a.log'
    assert call_words(replace(call, args=("/bin/sh", "-c", "sync"))) == "/bin/sh -c sync"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["/bin/sh", "-c", "sleep 9; sync"], "sleep 9; sync"),
        (["bash", "-euc", 'gzip "$1"', "pack", "a.log", "b.log"], 'gzip "$1" -- a.log b.log'),
        (["/bin/sh", "-c", "sync", "sh"], "sync"),
        (["sh", "-c", ""], "sh -c "),
        (["sh", "", "sync"], "sh  sync"),
        (["bash", "-x", "deploy.sh"], "bash -x deploy.sh"),
        (["ssh", "-c", "aes128-ctr", "db1"], "ssh -c aes128-ctr db1"),
        ([], ""),
    ],
)
def test_a_list_tells_what_a_shell_is_given_rather_than_the_shell(words: list[str], told: str) -> None:
    assert telling_words(words) == told


def test_a_list_and_the_one_screen_have_the_text_and_a_report_the_whole_command() -> None:
    job = at_hand.queued()
    job = replace(job, call=replace(job.call, kind=Kind.ADHOC, args=("bash", "-c", "sleep 9; sync")))
    assert title_of(job) == "sleep 9; sync"
    assert called(job, WIDE) == f"{job.id} sleep 9; sync"
    assert "  Command    bash -c sleep 9; sync" in report(job, [], PIPE, Around(server=SERVER))
    assert "\x1b" not in called(replace(job, call=replace(job.call, args=("a\x1b[2J",))), WIDE)


def test_other_commands_are_no_history_of_a_command_of_its_own() -> None:
    job = at_hand.succeeded()
    around = Around(server=SERVER, history=History(ok=3, bad=5))
    adhoc = replace(job, call=replace(job.call, kind=Kind.ADHOC, args=("true",)))
    shown, not_shown = ("\n".join(report(one, [], PIPE, around)) for one in (job, adhoc))
    assert "5 not in" in shown
    assert "5 not in" not in not_shown


def test_without_unicode_a_report_has_no_code_in_the_place_of_a_dash() -> None:
    shown = "\n".join(report(at_hand.failed(), [], PIPE, Around(server=SERVER)))
    assert "—" in shown
    assert "\\u" not in drawing_in_ascii(shown)
