"""What a task inherits, where its jobs go, how it is looked up, and when it counts as changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import BrokenTask
from qctl.errors import NotFound
from qctl.model.call import Kind
from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class TestInheritance:
    def test_defaults_hold_for_every_task_and_a_tasks_own_key_wins(self, files: Files) -> None:
        config = files.load("""
            [defaults]
            timeout = "1h"
            env = { A = "1", B = "1" }
            retries = 2
            [tasks.a]
            run = "true"
            [tasks.b]
            run = "true"
            timeout = "none"
            env = { B = "2" }
        """)

        a, b = config.task("a"), config.task("b")
        assert (a.timeout, a.env, a.retry.limit) == (3600.0, {"A": "1", "B": "1"}, 2)
        assert (b.timeout, b.env, b.retry.limit) == (None, {"A": "1", "B": "2"}, 2)

    def test_a_task_may_be_of_another_kind_than_the_defaults(self, files: Files) -> None:
        task = files.load('[defaults]\nrun = "true"\n[tasks.a]\nexec = ["false"]').task("a")

        assert (task.kind, task.run, task.exec) == (Kind.EXEC, None, ("false",))


class TestRoutes:
    def test_the_tasks_queue_beats_a_route_and_the_first_route_that_matches_wins(self, files: Files) -> None:
        config = files.load("""
            [routes]
            "mail.*" = "high"
            "*.send" = "low"
            [tasks."mail.send"]
            run = "true"
            [tasks."sms.send"]
            run = "true"
            queue = "own"
            [tasks.other]
            run = "true"
        """)

        assert [config.queue_of(task) for task in config.tasks.values()] == ["high", "own", "default"]
        assert config.queue_of("fax.send") == "low"


class TestLookup:
    def test_an_unknown_task_is_told_with_the_one_that_was_meant(self, files: Files) -> None:
        config = files.load("[tasks.backup-db]\nrun = 'true'")

        with pytest.raises(NotFound, match=r"no task `backup_bd`, did you mean `backup-db`\?"):
            config.task("backup_bd")

    def test_a_broken_task_says_that_it_is_broken_and_why(self, files: Files) -> None:
        config = files.load("[tasks.t]\nrun = 5")

        with pytest.raises(BrokenTask, match="task `t` is declared, but its definition is broken: `run`") as caught:
            config.task("t")
        assert caught.value.exit_code == 78


class TestHash:
    def hash_of(self, files: Files, text: str) -> str:
        return files.load(text).task("t").hash

    def test_it_is_twelve_hex_digits_that_order_units_and_words_do_not_change(self, files: Files) -> None:
        one = self.hash_of(files, "[tasks.t]\nrun = 'true'\ntimeout = '1m'\nenv = { A = '1', B = '2' }")
        same = self.hash_of(
            files, "# words\n[tasks.t]\ndoc = 'x'\nenv = { B = '2', A = '1' }\ntimeout = 60\nrun = 'true'"
        )

        assert one == same
        assert len(one) == 12
        int(one, 16)

    def test_whatever_changes_what_runs_changes_it(self, files: Files) -> None:
        texts = [
            "[tasks.t]\nrun = 'true'",
            "[tasks.t]\nrun = 'false'",
            "[tasks.t]\nrun = 'true'\ntimeout = 60",
            "[defaults]\ntimeout = 61\n[tasks.t]\nrun = 'true'",
            "[tasks.t]\nrun = 'true'\nparams.a = {}",
            "[tasks.t]\nrun = 'true'\nparams.a = { default = 'x' }",
            "[tasks.t]\nrun = 'true'\nschedule = '@daily'",
        ]

        assert len({self.hash_of(files, text) for text in texts}) == len(texts)


def test_a_tasks_line_is_that_of_its_table_however_it_is_written(files: Files) -> None:
    config = files.load("""
        # a comment
        [tasks.plain]
        run = "true"

        [tasks."quoted.name"]
        run = "true"

        [ tasks . spaced ]
        run = "true"
        [tasks.plain.schedule]
        cron = "@daily"

        [tasks]
        inline = { run = "true" }
        dotted.run = "true"
    """)

    lines = {task.name: task.line for task in config.tasks.values()}
    assert lines == {"plain": 3, "quoted.name": 6, "spaced": 9, "inline": 15, "dotted": 16}
