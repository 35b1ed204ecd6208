"""What `qctl check` warns of: it works as it stands, and is worth a look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qctl.config.report import check_report
from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class TestWarnings:
    def warnings(self, files: Files, text: str) -> list[tuple[str, int, str]]:
        report = check_report(files.load(text))
        assert report.errors == 0
        return [(problem.code, problem.line, problem.message) for problem in report.problems]

    def test_there_are_none_of_a_file_of_which_every_key_is_acted_on(self, files: Files) -> None:
        found = self.warnings(
            files,
            """
            [defaults]
            notify = ["n"]
            [tasks.t]
            run = "true"
            notify = ["n"]
            schedule = "@daily"
            [workflows.w]
            pipeline = "t | t"
            [notify.n]
            command = ["cat"]
            """,
        )

        assert found == []

    def test_what_is_not_there_on_this_machine(self, files: Files) -> None:
        found = self.warnings(files, '[tasks.t]\nrun = "true"\ncwd = "/nowhere"\nenv_file = "gone.env"')

        assert [(code, line) for code, line, _ in found] == [("Q031", 3), ("Q031", 4)]

    def test_a_link_that_leads_nowhere_among_what_is_included(self, files: Files, tmp_path: Path) -> None:
        files.write('[tasks.there]\nrun = "true"\n', "tasks.d/there.toml")
        (tmp_path / "tasks.d" / "gone.toml").symlink_to("../elsewhere.toml")

        found = self.warnings(files, '[qctl]\ninclude = ["none/*.toml", "tasks.d/*.toml"]')

        assert [(code, line) for code, line, _ in found] == [("Q039", 2)]
        assert "gone.toml is a link to ../elsewhere.toml, which is not there" in found[0][2]

    @pytest.mark.parametrize("pattern", ["prod.d/*.toml", "prod.d/more/*.toml", "*.d/tasks.toml", "prod.d/**/*.toml"])
    def test_a_folder_that_leads_nowhere_on_the_way_to_what_is_included(
        self, files: Files, tmp_path: Path, pattern: str
    ) -> None:
        (tmp_path / "prod.d").symlink_to("/srv/gone")
        (tmp_path / "log").symlink_to("/srv/gone")

        found = self.warnings(files, f'[qctl]\ninclude = ["none/*.toml", "{pattern}", "**/x.toml"]')

        assert [(code, line) for code, line, _ in found] == [("Q039", 2)]
        assert "prod.d is a link to /srv/gone, which is not there" in found[0][2]

    def test_parameters_of_a_declared_task_that_its_table_drops(self, files: Files) -> None:
        """The code is read and not run: it need not even be possible to import it."""
        files.write(
            """
            from qctl import task as job
            import not_there

            @job(bind=True, retries=3)
            def fetch(self, url, *rest, depth: int = 1, **others): ...

            @job(name="other")
            async def named(day): ...

            def plain(x): ...
            """,
            "code/ops/tasks.py",
        )
        text = """
            [qctl]
            python_path = ["code"]
            [tasks."ops.tasks.fetch"]
            call = "ops.tasks:fetch"
            params.depth = { type = "int" }
            [tasks.other]
            call = "ops.tasks:named"
            [tasks."ops.tasks.named"]
            call = "ops.tasks:named"
            [tasks."ops.tasks.plain"]
            call = "ops.tasks:plain"
            [tasks.lost]
            call = "ops.gone:lost"
            """

        found = self.warnings(files, text)

        where = f"which its @task in {files.folder}/code/ops/tasks.py"
        assert found == [
            ("Q051", 4, f"task `ops.tasks.fetch` does not take `url`, {where}:6 takes"),
            ("Q051", 7, f"task `other` does not take `day`, {where}:9 takes"),
        ]

    def test_a_user_as_whom_no_worker_from_here_could_run_it(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """P8."""
        text = '[tasks.a]\nrun = "true"\nuser = "nobody-here"\n[tasks.b]\nrun = "true"\nuser = "root"'
        monkeypatch.setattr(os, "geteuid", lambda: 4711)

        found = self.warnings(files, text)

        assert [(code, line) for code, line, _ in found] == [("Q036", 3), ("Q036", 6)]
        assert "there is no user `nobody-here`" in found[0][2]
        assert "runs as `root`, and only a worker of root's can start it" in found[1][2]

    @pytest.mark.skipif(os.geteuid() != 0, reason="files that belong to root")
    def test_what_root_would_run_and_others_may_write(self, files: Files, tmp_path: Path) -> None:
        """Attack 41, for what the file names."""
        for name in ("code", "good"):
            (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / "code").chmod(0o777)
        (tmp_path / "job.env").write_text("A=1")
        os.chown(tmp_path / "job.env", 65534, 65534)

        found = self.warnings(
            files,
            '[qctl]\npython_path = ["good", "code"]\n[tasks.t]\nrun = "true"\nenv_file = "job.env"',
        )

        assert [(code, line) for code, line, _ in found] == [("Q038", 2), ("Q038", 5)]
        assert found[0][2].endswith("/code, which can be written to by others")
        assert "belongs to user 65534" in found[1][2]

    def test_limits_that_cannot_strike(self, files: Files) -> None:
        found = self.warnings(files, '[tasks.t]\nrun = "true"\ntimeout = "1h"\nsoft_timeout = "2h"\ntotal_timeout = 60')

        assert [code for code, _, _ in found] == ["Q032", "Q032"]
        assert "`total_timeout` strikes after 1m" in found[0][2]

    def test_a_secret_in_the_file_and_a_notification_of_nobody(self, files: Files) -> None:
        text = """
            [notify.ops]
            command = ["mail"]
            [tasks.t]
            run = "true"
            notify = ["opps"]
            params.pin = { secret = true, default = "1234" }
        """
        codes = [code for code, _, _ in self.warnings(files, text)]

        assert "Q034" in codes
        assert "Q035" in codes


def test_choices_of_a_secret_that_could_not_be_hidden_beside_others_that_can(files: Files) -> None:
    choices = 'choices = ["on", "verbose", "off"]'
    task = '[tasks.t]\nrun = "true"\n'
    shown = f'params.shown = {{ type = "choice", {choices} }}\n'
    hidden = f'params.hidden = {{ type = "choice", secret = true, {choices} }}\n'

    report = check_report(files.load(task + shown + hidden))

    assert report.errors == 0
    assert [(problem.code, problem.line, problem.message.split()[0]) for problem in report.problems] == [
        ("Q023", 4, "`on`"),
        ("Q023", 4, "`off`"),
    ]
