"""The real `qctl` and workflows: composed, fed, waited for, shown, followed, cancelled and run again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from qctl.model.cells import width
from tests.support import Home, eventually
from tests.support.staffed import staffed
from tests.support.terminal import Terminal, heights, plain

TASKS = """
[tasks.dump]
run = 'echo "rows of $db"'
params.db = { default = "main", choices = ["main", "aux"] }

[tasks.upper]
run = "tr a-z A-Z"

[tasks.count]
run = "wc -c | tr -d ' '"

[tasks.upload]
run = 'cat; echo "to $bucket"'
params.bucket = {}

[tasks.fail]
run = "echo 'no space left' >&2; exit 3"

[tasks.once]
run = 'if [ -e "$mark" ]; then echo well; else touch "$mark"; exit 4; fi'
params.mark = {}

[tasks.sleeper]
run = "echo begun; exec sleep 60"

[tasks.resize]
run = 'echo "$file"'
params.file = {}
params.size = { type = "int", default = 100 }

[tasks.odd]
run = 'exit $(( n % 2 ))'
params.n = { type = "int" }

[workflows.nightly]
doc = "Dump and send."
pipeline = "dump(db={db}) | [upper, count] | upload(bucket=x)"
params.db = { default = "main" }
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Home]:
    """A folder with these tasks, over an embedded server with a worker of four slots."""
    with staffed(TASKS) as home:
        yield home


def started(site: Home, *words: str) -> str:
    """The id of a workflow that was submitted."""
    answer = site.run(*words)
    assert answer.code == 0, answer
    return answer.stdout.strip()


def shown(site: Home, job: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(site.run("show", job, "-o", "json").stdout)
    return found


def test_an_expression_runs_and_its_value_alone_is_on_stdout(site: Home) -> None:
    """C28: a group's value is a list in declared order."""
    answer = site.run("run", "dump(db=aux) | [upper, count]", "--wait")
    assert (answer.code, answer.stdout) == (0, '["ROWS OF AUX","12"]\n')
    assert "pipeline succeeded" in answer.stderr


def test_chain_group_and_chord_are_the_same_plans_as_expressions(site: Home) -> None:
    """C50"""
    chain = site.run("chain", "dump db=main", "upper", "upload bucket=x", "--wait")
    assert (chain.code, chain.stdout) == (0, "ROWS OF MAIN\nto x\n")
    group = site.run("group", "dump db=main", "dump db=aux", "-w")
    assert group.stdout == '["rows of main","rows of aux"]\n'
    chord = site.run("chord", "dump", "fail", "--then", "upload bucket=x", "--policy", "settled", "-w", "-o", "json")
    assert chord.code == 0
    assert '"ok":false' in json.loads(chord.stdout)["result"].replace(" ", "")


def test_a_workflow_of_the_file_is_run_like_a_task(site: Home) -> None:
    answer = site.run("run", "nightly", "db=aux", "--wait")
    assert answer.code == 0, answer
    assert answer.stdout.endswith("to x\n")
    assert "nightly succeeded" in answer.stderr


def test_graph_and_dry_run_draw_and_check_and_send_nothing(site: Home) -> None:
    before = site.run("ps", "-a", "-q").stdout
    graph = site.run("run", "dump(db=aux) | [upper, count]?", "--graph")
    assert graph.stdout.splitlines()[:2] == [".1 dump db=aux  default · priority 5", "└─┬ group of 2?"]
    drawn = json.loads(site.run("chain", "dump", "upper", "--graph", "-o", "json").stdout)
    assert [node["task"] for node in drawn["nodes"]] == ["dump", "upper"]
    dry = site.run("run", "dump | upper", "--dry-run")
    assert "would submit pipeline: 2 jobs" in dry.stdout
    assert site.run("run", "dump(db=wrong) | upper", "--dry-run").code == 2
    unknown = site.run("chain", "dump", "uper", "--graph")
    assert (unknown.code, "did you mean `upper`" in unknown.stderr) == (4, True)
    assert site.run("ps", "-a", "-q").stdout == before


def test_a_failure_is_reported_with_its_last_lines_and_the_next_commands(site: Home) -> None:
    """C79, C81"""
    answer = site.run("run", "dump | fail | upload(bucket=x)", "--wait")
    assert (answer.code, answer.stdout) == (1, "")
    failed = "fail (exit 3, attempt 1/1: no space left)"
    for said in (failed, "upload (skipped: .2 failed)", "    no space left", "--failed"):
        assert said in answer.stderr


def test_only_what_failed_or_was_skipped_runs_again(site: Home) -> None:
    mark = site.work / "mark"
    flow = started(site, "run", f"dump | once(mark={mark}) | upper")
    assert site.run("wait", flow).code == 1
    never, told = site.run("retry", f"{flow}.3"), site.run("retry", f"{flow}.3", "-o", "jsonl")
    assert f"its turn never came, so: qctl retry {flow} --failed" in never.stdout
    assert (never.code, told.code, json.loads(told.stdout)["answer"]) == (1, 1, "SKIPPED")
    again = site.run("retry", flow, "--failed").stdout
    assert again.startswith(f"{flow} dump | once(mark=")
    assert again.endswith(": what did not succeed runs again\n")
    assert site.run("wait", flow).code == 0
    assert [shown(site, f"{flow}.{name}")["attempt"] for name in (1, 2, 3)] == [1, 2, 1]
    unneeded = site.run("retry", flow)
    assert "nothing of it failed" in unneeded.stdout
    copied = site.run("retry", flow, "--new", "-q").stdout.strip()
    assert site.run("wait", copied).code == 0
    assert "WELL" in str(shown(site, copied)["result"])


def test_show_ps_and_logs_tell_of_a_workflow_and_of_each_job_of_it(site: Home) -> None:
    flow = started(site, "run", "dump | sleeper | upper")
    eventually(lambda: "sleeper │ begun" in site.run("logs", flow).stdout, within=15.0)
    row = next(line for line in site.run("ps").stdout.splitlines() if line.startswith(flow))
    assert "1/3 done" in row
    assert flow + ".2" not in site.run("ps").stdout
    tree = site.run("ps", "-t").stdout
    assert "✔ .1 dump" in tree
    assert "○ .3 upper" in tree
    assert flow + ".2" in site.run("ps", f"workflow:{flow}").stdout
    found = shown(site, flow)
    assert found["children"] == [f"{flow}.{name}" for name in (1, 2, 3)]
    workflow = found["workflow"]
    assert isinstance(workflow, dict)
    assert [node["state"] for node in workflow["nodes"]] == ["ended", "running", "waiting"]
    assert shown(site, f"{flow[:6]}.3")["state"] == "waiting"
    cancelled = site.run("cancel", flow)
    assert "what runs of it is told to stop" in cancelled.stdout
    assert site.run("wait", flow).code == 143
    assert "never starts" not in site.run("show", flow).stdout


def test_a_job_of_a_workflow_is_cancelled_alone_and_what_follows_is_skipped(site: Home) -> None:
    """C96, C97"""
    flow = started(site, "run", "sleeper | upper | count")
    assert site.run("cancel", f"{flow}.2").code == 0
    assert shown(site, f"{flow}.2")["outcome"] == "cancelled"
    assert shown(site, flow)["state"] == "running"
    assert site.run("cancel", f"{flow}.1").code == 0
    assert site.run("wait", flow).code != 0
    assert shown(site, f"{flow}.3")["reason"] in ("upstream_cancelled", "upstream_failed")


def test_groups_are_no_jobs_and_unknown_jobs_of_a_workflow_are_none(site: Home) -> None:
    flow = started(site, "run", "[dump, dump]", "-q")
    group = site.run("show", f"{flow}.g1")
    assert (group.code, f"qctl show {flow}" in group.stderr) == (4, True)
    assert site.run("show", f"{flow}.9").code == 4


def test_logs_follow_all_jobs_of_a_workflow_to_its_end(site: Home) -> None:
    flow = started(site, "run", "dump | [upper, fail]")
    answer = site.run("logs", "-f", flow)
    assert answer.code == 1
    lines = (answer.stdout + answer.stderr).splitlines()
    assert "dump │ rows of main" in lines
    assert any("no space left" in line and line.startswith("fail") for line in lines)


def test_history_lists_workflows_and_their_jobs_only_when_asked_for(site: Home) -> None:
    flow = started(site, "run", "dump | upper", "--wait", "-q", "-o", "json")
    wf = json.loads(flow)["id"]
    assert wf in site.run("history", "-q").stdout.split()
    assert f"{wf}.1" not in site.run("history", "-q").stdout.split()
    assert f"{wf}.1" in site.run("history", "--task", "dump", "-q").stdout.split()
    assert site.run("history", f"workflow:{wf}", "-q").stdout.split() == [f"{wf}.2", f"{wf}.1"]
    removed = site.run("rm", wf, "-y")
    assert removed.code == 0, removed
    assert site.run("show", f"{wf}.1").code == 4


def fed(site: Home, *words: str) -> subprocess.Popen[bytes]:
    """`qctl WORDS` with a pipe as its stdin."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "qctl", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=site.environment(),
        cwd=site.work,
    )


def fed_with(site: Home, lines: bytes, *words: str) -> tuple[subprocess.Popen[bytes], str]:
    """`qctl WORDS --each -`, fed with some lines, and the id of its workflow."""
    process = fed(site, *words, "--each", "-")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(lines)
    process.stdin.flush()
    return process, process.stdout.readline().decode().strip()


def test_members_start_while_stdin_is_still_open(site: Home) -> None:
    """C44, C60"""
    process = fed(site, "chord", "resize size=3", "--each", "-", "--then", "count", "--wait")
    assert process.stdin is not None
    process.stdin.write(b"one\ntwo\n")
    process.stdin.flush()
    done = ("history", "--task", "resize", "-q")
    eventually(lambda: len(site.run(*done).stdout.split()) == 2, within=20.0)
    assert process.poll() is None
    out, err = process.communicate(b"three\n", timeout=30.0)
    assert (process.returncode, out) == (0, b"22\n"), err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_who_is_stopped_while_adding_cancels_the_workflow_and_says_so(site: Home, number: int, code: int) -> None:
    process, flow = fed_with(site, b"one\n", "group", "resize")
    process.send_signal(number)
    _, err = process.communicate(timeout=20.0)
    assert process.returncode == code, err
    assert f"interrupted while members were being added: workflow {flow} is cancelled" in err.decode()
    eventually(lambda: shown(site, flow)["outcome"] == "cancelled", within=15.0)


def test_a_bad_line_in_the_midst_cancels_what_was_sent(site: Home) -> None:
    process, flow = fed_with(site, b"2\n", "group", "odd")
    _, err = process.communicate(b"many\n", timeout=20.0)
    assert process.returncode == 2
    assert b"line 2 of stdin" in err
    assert f"workflow {flow} is cancelled: 1 member had been added".encode() in err


def test_lines_of_a_file_make_a_group_of_which_some_may_fail(site: Home) -> None:
    site.write("numbers", "0\n1\n2\n4\n")
    some = ("group", "odd", "--each", "numbers")
    answer = site.run(*some, "--max-fail", "25%", "--max-parallel", "2", "-w", "-o", "json")
    assert answer.code == 0, answer
    assert json.loads(answer.stdout)["workflow"]["jobs"] == 4
    assert site.run(*some, "-w", "-q").code == 1


def test_a_group_without_lines_is_an_empty_list(site: Home) -> None:
    """C30, C49"""
    answer = site.run("group", "resize", "--each", "-", "--wait", input="")
    assert (answer.code, answer.stdout) == (0, "[]\n")
    assert site.run("chord", "resize", "--each", "-", "--then", "count", "-w", input="").stdout == "3\n"


def test_a_terminal_shows_the_live_tree_in_eight_lines_and_then_how_it_ended(site: Home) -> None:
    terminal = Terminal(site, "run", "dump | [sleeper, upper, fail?]", "--wait")
    eventually(lambda: "● .2 sleeper" in "\n".join(plain(terminal.read())), within=15.0)
    terminal.press(b"\x1c")
    assert terminal.end() == 143
    lines = plain(terminal.screen)
    assert max(map(width, lines)) <= 80
    assert any("pipeline" in line and "cancelled after" in line for line in lines)
    assert 1 < max(heights(terminal.screen)) <= 8


def test_ctrl_c_detaches_from_a_workflow_that_goes_on(site: Home) -> None:
    terminal = Terminal(site, "run", "sleeper | upper", "--wait", columns=40)
    terminal.wait_for("begun")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    flow = site.run("ps", "-q", "--task", "pipeline", "--state", "running").stdout.split()[0]
    assert f"{flow} goes on" in terminal.screen.replace("\r\n", "")
    assert site.run("cancel", flow).code == 0


def test_the_commands_of_other_words_lead_on(site: Home) -> None:
    assert (site.run("pipe", "dump | upper", "--graph").code, "qctl ps -t" in site.run("workflows").stderr) == (0, True)
