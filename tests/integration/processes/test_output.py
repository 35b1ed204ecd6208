"""What jobs print: scheduling.md 2.6, cases L1 to L5 and L9, faults 25 to 27."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from qctl.engine.processes.events import Output, SlotDied
from qctl.engine.processes.transcript import LIVE_EVERY, Tee
from qctl.model.output import GAP, Log
from qctl.model.state import Outcome
from qctl.model.task import Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import Crew, log, python, shell


def lines(found: Log, stream: str = "o") -> list[str]:
    return found.text(stream).decode().splitlines()


def test_everything_that_a_python_task_prints_is_its_own(hire: Hire) -> None:
    """L2: print, logging, C code, a partial last line (L9)."""
    crew = hire(python("say_everywhere"), python("nothing"))

    ended = crew.run("say_everywhere")

    assert sorted(lines(log(ended))) == ["by C", "by descriptor", "by print ä", "partial"]
    assert sorted(lines(log(ended), "e")) == ["by logging", "by stderr"]
    assert (ended.log.lines, ended.log.dropped) == (6, 0)
    assert ended.log.bytes == len(log(ended).text())
    assert crew.run("nothing").packed_log == b""


def test_stdout_and_stderr_are_one_log_in_order(hire: Hire) -> None:
    """L2."""
    ended = hire(shell("echo a; sleep 0.05; echo b >&2; sleep 0.05; echo c; sleep 0.05; printf d >&2")).run("sh")

    chunks = log(ended).chunks
    assert [(chunk.stream, chunk.data) for chunk in chunks] == [
        ("o", b"a\n"),
        ("e", b"b\n"),
        ("o", b"c\n"),
        ("e", b"d"),
    ]
    times = [chunk.ms for chunk in chunks]
    assert times == sorted(times)
    assert 100 <= times[-1] - times[0] < 5000
    assert abs(times[0] / 1000 - time.time()) < 60


def test_a_thousand_printing_jobs_each_own_exactly_their_line(hire: Hire) -> None:
    crew = hire(python("say", "text"), python("nothing"), slots=2)

    keys = {}
    for number in range(1000):
        keys[crew.submit("say", {"text": f"line {number}"})] = f"line {number}\n".encode()
        if number % 3 == 0:
            keys[crew.submit("nothing")] = b""
    crew.until(lambda: len(crew.ended) == len(keys), within=60)

    assert {key: log(crew.ended[key]).text() for key in keys} == keys


def test_large_output_right_after_small_output_is_drained(hire: Hire) -> None:
    """The template may find a pipe empty that a hand-over has just emptied; it goes on watching it."""
    crew = hire(python("say", "text"), python("flood", "size"))

    keys = [crew.submit(*job) for _ in range(60) for job in (("say", {"text": "x"}), ("flood", {"size": 1 << 18}))]
    crew.until(lambda: len(crew.ended) == len(keys), within=30)

    assert [crew.ended[key].log.bytes for key in keys] == [2, 1 << 18] * 60


def test_a_megabyte_printed_from_c_with_the_gil_held_stalls_nothing(hire: Hire) -> None:
    crew = hire(python("print_from_c", "size"))

    ended = crew.run("print_from_c", {"size": 1 << 20})

    assert ended.outcome is Outcome.SUCCEEDED
    assert (ended.log.bytes, ended.log.lines) == (1 << 20, 1)
    kept = (1 << 20) - ended.log.dropped
    assert 262144 - 100 <= kept == len(log(ended).text()) <= 262144


@pytest.mark.parametrize("make", ["shell", "python"])
def test_a_flood_is_counted_and_its_head_and_tail_are_kept(hire: Hire, make: str) -> None:
    """L3, fault 25: the job is not stalled, and nothing grows."""
    size = 64 << 20
    if make == "shell":
        crew = hire(shell(f"echo first; yes | head -c {size}; echo last", result="discard"))
        ended = crew.run("sh")
    else:
        crew = hire(python("flood", "size"))
        ended = crew.run("flood", {"size": size})

    found = log(ended)
    kept = len(found.text())
    assert ended.outcome is Outcome.SUCCEEDED
    assert ended.log.bytes >= size
    assert kept <= 262144
    assert ended.log.dropped == found.dropped == ended.log.bytes - kept
    gap = [chunk for chunk in found.chunks if chunk.stream == GAP]
    assert [int(chunk.data) for chunk in gap] == [found.dropped]
    if make == "shell":
        assert found.text().startswith(b"first\n")
        assert found.text().endswith(b"last\n")


@pytest.mark.nightly
def test_ten_gigabytes_are_counted_and_flow_on(hire: Hire) -> None:
    """Fault 25: the job is not held up, what is kept is the window, and no process grows."""
    size = 10 << 30
    crew = hire(shell(f"yes | head -c {size}", result="discard"))
    crew.ready()
    before = peak_kb(crew.template)  # of which most is what the tests have loaded
    ended = crew.finish(crew.submit("sh"), within=1200)

    assert (ended.outcome, ended.log.bytes) == (Outcome.SUCCEEDED, size)
    assert len(log(ended).text()) <= 262144
    assert ended.log.dropped == size - len(log(ended).text())
    assert peak_kb(crew.template) - before < 10_000


def peak_kb(pid: int) -> int:
    """The most memory that a process has had."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0])


def test_yes_beside_a_short_job_does_not_slow_it(hire: Hire, tmp_path: Path) -> None:
    """L3, fault 25: the parent is not flooded; live output is a sample. By the processor's time of the parent."""
    crew = hire(shell("yes", result="discard"), python("wait_for", "path"), python("nothing"), slots=2)
    begun = time.monotonic()
    flood, _ = crew.start("sh")

    took = []
    for _ in range(20):
        before = time.process_time()
        crew.run("nothing")
        took.append(time.process_time() - before)
    crew.until(lambda: crew.of(Output))

    assert sorted(took)[10] < 0.2
    assert len(crew.of(Output)) <= 1 + (time.monotonic() - begun) / LIVE_EVERY
    sample = crew.of(Output)[-1]
    assert (sample.id, sample.fence) == flood
    assert sum(len(chunk.data) for chunk in sample.chunks) < 40_000
    assert sample.chunks[-1].stream == GAP


def test_live_output_is_heard_while_the_job_runs(hire: Hire, tmp_path: Path) -> None:
    crew = hire(shell(f'echo begun; until [ -e "{tmp_path}/go" ]; do sleep 0.01; done'))

    key = crew.submit("sh")
    heard = crew.told(Output)
    (tmp_path / "go").touch()

    assert (heard.id, heard.fence) == key
    assert [(chunk.stream, chunk.data) for chunk in heard.chunks] == [("o", b"begun\n")]
    assert lines(log(crew.finish(key))) == ["begun"]


def test_a_long_line_and_strange_bytes_stay_as_they_are(hire: Hire) -> None:
    """L4, L5, fault 26."""
    crew = hire(
        shell("head -c 50000000 /dev/zero | tr '\\0' x", name="line", result="discard"),
        shell("printf 'a\\000b\\033[31mc\\377\\r\\n'", name="bytes"),
    )

    line, strange = crew.run("line"), crew.run("bytes")

    assert (line.log.bytes, line.log.lines) == (50_000_000, 1)
    assert log(line).text().strip(b"x") == b""
    assert log(strange).text() == b"a\0b\033[31mc\xff\r\n"


def test_a_partial_last_line_is_kept(hire: Hire) -> None:
    """L9."""
    ended = hire(shell("printf 'a\\nb'")).run("sh")

    assert log(ended).text() == b"a\nb"
    assert ended.log.lines == 2


def test_a_job_that_closes_its_output_runs_on(hire: Hire) -> None:
    """Fault 27."""
    ended = hire(shell("exec >&- 2>&-; sleep 0.1; exit 4")).run("sh")

    assert ended.exit_code == 4


def test_output_goes_to_a_file_whole(hire: Hire, tmp_path: Path) -> None:
    for make in (shell("echo a; echo b >&2", output_file=str(tmp_path / "sh")),
                 python("say", "text", output_file=str(tmp_path / "say"), output_max=10)):  # fmt: skip
        crew = hire(make)
        for _ in range(2):
            crew.run(make.name, {"text": "0123456789abc"} if make.name == "say" else {})

    assert sorted((tmp_path / "sh").read_text().split()) == ["a", "a", "b", "b"]
    assert (tmp_path / "say").read_text() == "0123456789abc\n" * 2
    assert (tmp_path / "sh").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_said_and_the_job_runs(hire: Hire, tmp_path: Path) -> None:
    """Fault 28, L10."""
    crew = hire(shell("echo a", output_file=str(tmp_path / "no" / "file")))

    ended = crew.run("sh")

    assert ended.outcome is Outcome.SUCCEEDED
    assert b"output.file" in log(ended).text("n")


@pytest.mark.parametrize("make", [shell("yes | head -c 3000000; exit 5"), python("flood", "size")])
def test_a_full_disk_costs_the_file_and_not_the_job(hire: Hire, make: Task) -> None:
    """Fault 28, L10: it runs to its own end, its log is kept, and what is missing where is said once."""
    crew = hire(replace(make, output_file="/dev/full", output_max=1000))

    ended = crew.run(make.name, {} if make.name == "sh" else {"size": 1 << 20})

    assert ended.exit_code == (5 if make.name == "sh" else None)
    assert ended.log.bytes >= 1 << 20
    assert log(ended).text("n").decode().splitlines() == [
        "output.file /dev/full: No space left on device; the rest is not in the file"
    ]


@pytest.mark.parametrize("make", [shell("echo a"), python("say", "text")], ids=["command", "python"])
def test_a_disk_that_hangs_holds_up_nobody_but_the_job_whose_file_lies_on_it(
    hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Task
) -> None:
    """A FIFO that nobody writes to stands for the disk."""
    disk = tmp_path / "disk"
    os.mkfifo(disk)
    monkeypatch.setattr(Tee, "write", lambda _, data: len(data) and disk.read_text())
    crew = hire(replace(make, output_file=str(tmp_path / "file")), python("tell_job_id", module="hard_ends"), slots=2)
    hung, _ = crew.start(make.name, {} if make.name == "sh" else {"text": "a"})

    other = crew.run("tell_job_id")
    assert other.log.bytes == len("job00002\n")
    assert hung not in crew.ended

    crew.until(lambda: gate_of(disk))
    assert crew.finish(hung).outcome is Outcome.SUCCEEDED


def gate_of(disk: Path) -> bool:
    """Let the disk go on, if somebody waits for it by now."""
    try:
        os.close(os.open(disk, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def test_jobs_with_a_file_that_differ_in_their_ids_alone_each_know_their_own(hire: Hire, tmp_path: Path) -> None:
    crew = hire(python("tell_job_id", module="hard_ends", output_file=str(tmp_path / "ids")))
    for _ in range(3):
        crew.run("tell_job_id")
    assert (tmp_path / "ids").read_text().split() == ["job00001", "job00002", "job00003"]


def test_what_a_crashed_attempt_printed_is_kept(hire: Hire) -> None:
    crew = hire(Task(name="die", kind=shell("").kind, run="true"), python("say_and_die"))

    crew.submit("say_and_die")
    died = crew.until(lambda: crew.of(SlotDied))[0]

    assert died.ended is not None
    assert log(died.ended).text() == b"last words\n"


def test_memory_stays_flat_under_a_flood(hire: Hire) -> None:
    """L3: slot and template hold the window, not the flood."""
    crew = hire(python("flood", "size"), shell("yes | head -c 200000000", result="discard"))

    def resident(crew: Crew) -> int:
        text = Path(f"/proc/{crew.template}/status").read_text()
        return int(text.partition("VmHWM:")[2].split()[0])

    crew.run("flood", {"size": 1 << 20})
    before = resident(crew)
    crew.run("flood", {"size": 128 << 20})
    crew.run("sh")

    assert resident(crew) - before < 4096
    assert os.path.exists(f"/proc/{crew.template}")
