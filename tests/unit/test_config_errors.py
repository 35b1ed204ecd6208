"""What is wrong in tasks.toml: code, place, reason and way out, and what it takes down with it."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

import qctl.cli.providing
from qctl.config import BadFile, explain, load
from qctl.errors import QctlError
from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class TestWhatIsTakenDown:
    def test_one_bad_task_spares_the_others(self, files: Files) -> None:
        """R6."""
        good = "".join(f"[tasks.good{number}]\nrun = 'true'\n" for number in range(40))

        config = files.load(f"{good}[tasks.bad]\nrun = 'true'\nretires = 3\n")

        assert len(config.tasks) == 40
        assert list(config.broken) == ["bad"]

    def test_an_unknown_key_is_an_error_with_the_one_that_was_meant(self, files: Files) -> None:
        """R11, attack 37."""
        problem = files.broken("[tasks.t]\nrun = 'true'\nretires = 3\n")

        assert (problem.code, problem.line, problem.column, problem.width) == ("Q014", 3, 1, 7)
        assert problem.message == "unknown key `retires` in task `t`"
        assert (problem.note, problem.suggestion) == ("did you mean `retries`?", "retries")
        assert problem.help

    @pytest.mark.parametrize(
        ("key", "meant"),
        [
            ("python", "call"),
            ("function", "call"),
            ("command", "run"),
            ("cmd", "run"),
            ("Script", "run"),
            ("cron", "schedule"),
            ("workdir", "cwd"),
            ("args", "params"),
        ],
    )
    def test_a_key_by_its_name_elsewhere_is_told_by_its_name_here(self, files: Files, key: str, meant: str) -> None:
        problem = next(each for each in files.load(f"[tasks.t]\n{key} = 'x'\n").problems if each.code == "Q014")

        assert (problem.note, problem.suggestion) == (f"did you mean `{meant}`?", meant)

    def test_no_key_is_proposed_that_the_table_does_not_have(self, files: Files) -> None:
        (problem,) = files.load("[tasks.t]\nrun = 'true'\noutput = { script = 1 }\n").problems

        assert problem.suggestion == ""

    @pytest.mark.parametrize(
        ("text", "places"),
        [
            ("include = ['a.toml']\n", "[qctl]"),
            ("[tasks.t]\nrun = 'true'\noverlap = 'skip'\n", "[tasks.NAME.schedule]"),
            ("[tasks.t]\nrun = 'true'\nmemory = '5MB'\n", "[tasks.NAME.limits]"),
            ("timeout = '5m'\n", "[tasks.NAME] or [workflows.NAME]"),
        ],
    )
    def test_a_key_that_stands_in_the_wrong_table_is_told_with_its_own(
        self, files: Files, text: str, places: str
    ) -> None:
        with pytest.raises(BadFile) if text[0] != "[" else nullcontext() as refused:
            config = files.load(text)
        (problem,) = refused.value.problems if refused is not None else config.problems

        assert (problem.code, problem.note) == ("Q014", f"it belongs in {places}")

    def test_an_unknown_table_stands_where_the_first_one_within_it_does(self, files: Files) -> None:
        (problem,) = files.load("[tasks.t]\nrun = 'true'\n\n[workflow.w]\npipeline = 't'\n").problems

        assert (problem.line, problem.column, problem.width) == (4, 2, len("workflow"))
        assert problem.suggestion == "workflows"

    def test_of_a_table_at_an_end_the_key_is_named(self, files: Files) -> None:
        text = "[tasks.t]\nrun = 'true'\n[workflows.w]\npipeline = 't'\non_error = {task = 't', each = 'yes'}\n"
        (problem,) = files.load(text).problems

        assert problem.message == "`each` must be true or false, not a text, in `on_error` of workflow `w`"
        assert (problem.line, problem.column) == (5, 32)

    @pytest.mark.parametrize(
        "text",
        [
            "[qctl]\nnamespcae = 'x'",
            "[qctl]\nredis = 5",
            "[default]\ntimeout = '1h'",
            "[defaults]\ntimeout = '1 hours'",
            "[routes]\n'a.*' = 5",
            "[queues.a]\nmax_length = 0",
            "stray = 1",
        ],
    )
    def test_what_holds_for_all_refuses_all(self, files: Files, text: str) -> None:
        """Otherwise jobs would go to another server, or run with less protection than the author meant."""
        problem = files.refused(f"{text}\n[tasks.t]\nrun = 'true'")

        assert problem.line

    @pytest.mark.parametrize(
        ("table", "key"), [("tasks.x", "tasks.x"), ('tasks."a, (b)"', 'tasks."a, (b)"'), ("qctl", "qctl")]
    )
    def test_a_table_that_is_declared_twice_is_named_as_it_is_written(self, files: Files, table: str, key: str) -> None:
        problem = files.refused(f"[{table}]\n[{table}]\n")

        assert problem.message == f"not TOML: cannot declare `{key}` twice"

    def test_a_slip_in_the_name_of_the_table_of_a_task_spares_the_others(self, files: Files) -> None:
        config = files.load("[task.a]\nrun = 'true'\n[tasks.b]\nrun = 'true'")

        assert list(config.tasks) == ["b"]
        (problem,) = config.problems
        assert (problem.code, problem.suggestion) == ("Q014", "tasks")

    def test_a_task_declared_in_two_ways_tells_all_at_once(self, files: Files) -> None:
        config = files.load("[tasks.t]\nexec = ['{a}']\ntimeout = 'soon'\nunknown = 1\n")

        assert [problem.code for problem in config.broken["t"]] == ["Q019", "Q015", "Q014"]


class TestFiles:
    def test_a_syntax_error_has_its_line_and_column(self, files: Files) -> None:
        """R5."""
        problem = files.refused("[tasks.t]\nrun = = 'true'\n")

        assert (problem.code, problem.line, problem.column) == ("Q011", 2, 7)
        assert problem.message.startswith("not TOML: ")

    @pytest.mark.parametrize("opening", ["run = 'true", "run = '''true", 'run = """true'])
    def test_what_is_not_closed_is_told_where_it_was_opened(self, files: Files, opening: str) -> None:
        after = "".join(f'[tasks.after{number}]\nrun = "a"\n' for number in range(50))

        problem = files.refused(f"[tasks.t]\ntags = [\n'a',\n]\n{opening}\n{after}")

        assert (problem.line, problem.column) == (5, 1)

    def test_a_list_that_is_not_closed_is_told_where_it_was_opened(self, files: Files) -> None:
        assert files.refused("[tasks.t]\nexec = [\n'a',\n'b'\n").line == 2

    def test_the_error_itself_says_the_place_and_the_next_command(self, files: Files) -> None:
        with pytest.raises(BadFile) as caught:
            files.load("[")
        assert str(caught.value).startswith(f"{files.folder}/tasks.toml:1:2: not TOML")
        assert caught.value.advice == "qctl check"

    def test_bytes_that_are_no_text_have_their_place(self, files: Files) -> None:
        path = Path(files.write("x = 1\n"))
        path.write_bytes(b"x = 1\ny = '\xff'\n")

        with pytest.raises(BadFile) as caught:
            load(str(path))
        assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 6)

    def test_a_byte_order_mark_is_passed_over(self, files: Files) -> None:
        path = Path(files.write(""))
        path.write_bytes(b"\xef\xbb\xbf[tasks.t]\nrun = 'true'\n")

        assert load(str(path)).task("t").line == 1

    def test_a_file_too_large_is_refused_before_it_is_parsed(self, files: Files) -> None:
        """Attack 37."""
        assert files.refused("#" * (4 << 20) + "\n").code == "Q012"

    @pytest.mark.parametrize("bomb", ["x = " + "[" * 100_000, "x = " + "9" * 100_000, "a." * 50_000 + "b = 1"])
    def test_a_bomb_is_refused_and_harms_nobody(self, files: Files, bomb: str) -> None:
        """Attack 37."""
        assert files.refused(bomb).code in ("Q011", "Q012", "Q014")

    def test_what_is_no_file_is_refused(self, files: Files) -> None:
        fifo = str(files.folder / "tasks.toml")
        os.mkfifo(fifo)
        for path in (fifo, str(files.folder), str(files.folder / "gone.toml")):
            with pytest.raises(BadFile) as caught:
                load(path)
            assert caught.value.problems[0].code == "Q010"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone is asked to trust")
class TestTrust:
    """Attack 41: what root runs, nobody else may have written."""

    def refused(self, path: str) -> str:
        with pytest.raises(BadFile) as caught:
            load(path)
        assert caught.value.problems[0].code == "Q013"
        return f"{caught.value} {caught.value.advice}"

    def test_a_file_that_others_may_write_is_refused(self, files: Files) -> None:
        path = files.write("")
        os.chmod(path, 0o646)
        assert f"chmod go-w {path}" in self.refused(path)

    def test_a_file_of_somebody_else_is_refused(self, files: Files) -> None:
        path = files.write("")
        os.chown(path, 12345, 0)
        assert "belongs to user 12345" in self.refused(path)

    def test_a_folder_that_others_may_write_is_refused(self, files: Files) -> None:
        path = files.write("", "open/tasks.toml")
        os.chmod(files.folder / "open", 0o777)
        assert f"chmod go-w {files.folder}/open" in self.refused(path)

    def test_a_folder_of_somebody_else_is_refused(self, files: Files) -> None:
        path = files.write("", "theirs/tasks.toml")
        os.chown(files.folder / "theirs", 12345, 0)
        assert "folder of user 12345" in self.refused(path)

    def test_an_included_file_is_asked_the_same(self, files: Files) -> None:
        os.chmod(files.write("", "more.toml"), 0o666)
        self.refused(files.write('[qctl]\ninclude = ["more.toml"]'))

    def test_a_folder_further_up_that_everybody_may_write_is_refused(self, files: Files) -> None:
        """Whoever may write there may put a link to another of root's files in its place."""
        path = files.write("", "open/inner/tasks.toml")
        os.chmod(files.folder / "open", 0o777)
        assert f"chmod o-w {files.folder}/open" in self.refused(path)

    def test_a_sticky_folder_further_up_is_none(self, files: Files) -> None:
        path = files.write("", "tmp/inner/tasks.toml")
        os.chmod(files.folder / "tmp", 0o1777)
        assert load(path).tasks == {}

    def test_a_link_is_judged_by_what_it_leads_to(self, files: Files) -> None:
        target = files.write("", "open/real.toml")
        os.chmod(files.folder / "open", 0o777)
        (files.folder / "tasks.toml").symlink_to(target)
        self.refused(str(files.folder / "tasks.toml"))


def test_every_error_that_qctl_raises_has_an_explanation() -> None:
    def family(kind: type[QctlError]) -> set[str]:
        return {kind.code}.union(*(family(child) for child in kind.__subclasses__()))

    assert qctl.cli.providing.TemporaryWorkerEnded.code in family(QctlError)
    assert [code for code in sorted(family(QctlError)) if explain(code) is None] == []
    assert explain("q014") == explain("Q014")
    assert explain("Q999") is None
