"""Declared parameters and the words they stand in: what cannot work, or could be abused, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.config_files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


class TestParameters:
    def test_a_value_never_becomes_shell_text(self, files: Files) -> None:
        """Attack 23."""
        problem = files.broken("""
            [tasks.t]
            run = '''
            echo hello
            echo "{name}"
            '''
            params.name = {}
        """)

        assert problem.code == "Q018"
        assert (problem.line, problem.column, problem.width) == (5, 7, 6)
        assert 'write "$name"' in problem.note

    def test_braces_that_name_no_parameter_and_those_of_the_shell_are_text(self, files: Files) -> None:
        config = files.load("[tasks.t]\nrun = 'echo ${name} {other} {print}'\nparams.name = {}\n")

        assert list(config.tasks) == ["t"]

    @pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "IFS", "PATH", "QCTL_JOB_ID"])
    def test_a_caller_cannot_set_what_changes_which_code_runs(self, files: Files, name: str) -> None:
        """Attack 26."""
        problem = files.broken(f"[tasks.t]\nrun = 'true'\nparams.{name} = {{}}\n")

        assert (problem.code, problem.line, problem.column) == ("Q022", 3, 8)

    def test_the_tasks_own_env_may_set_it(self, files: Files) -> None:
        """Attack 26: by an explicit line of the configuration."""
        assert files.load("[tasks.t]\nrun = 'true'\nenv = { PATH = '/opt/bin' }").task("t").env == {"PATH": "/opt/bin"}

    def test_a_word_of_an_unknown_parameter_is_told_with_the_one_that_was_meant(self, files: Files) -> None:
        problem = files.broken("[tasks.t]\nexec = ['cp', 'to-{tagret}']\nparams.target = {}\n")

        assert (problem.code, problem.line, problem.column, problem.width) == ("Q019", 2, 19, 8)
        assert "did you mean `target`?" in problem.message

    def test_a_parameter_that_may_be_missing_cannot_stand_inside_a_word(self, files: Files) -> None:
        """Or `rsync -a --delete {source}/` would one day copy the root folder."""
        declared = "params.p = { required = false }\n"

        assert files.broken(f"[tasks.t]\nexec = ['ls', '{{p}}/']\n{declared}").code == "Q019"
        assert "t" in files.load(f"[tasks.t]\nexec = ['ls', '{{p}}']\n{declared}").tasks

    @pytest.mark.parametrize(
        ("other", "ours"),
        [
            ("integer", "int"),
            ("Boolean", "bool"),
            ("string", "str"),
            ("number", "float"),
            ("array", "list"),
            ("object", "json"),
            ("enum", "choice"),
        ],
    )
    def test_a_type_by_its_name_elsewhere_is_told_with_ours(self, files: Files, other: str, ours: str) -> None:
        problem = files.broken(f"[tasks.t]\nrun = 'true'\nparams.p = {{ type = '{other}' }}\n")

        assert (problem.note, problem.suggestion) == (f"did you mean `{ours}`?", ours)

    @pytest.mark.parametrize(
        "declared",
        [
            "{ secret = true, choices = ['off', 'tok-4711'] }",
            "{ secret = true, type = 'list', choices = ['a', 'b'] }",
            "{ choices = ['on', 'off'] }",
        ],
    )
    def test_choices_of_which_one_can_be_hidden_are_a_secrets(self, files: Files, declared: str) -> None:
        assert "t" in files.load(f"[tasks.t]\nrun = 'true'\nparams.p = {declared}\n").tasks

    @pytest.mark.parametrize(
        ("declared", "code", "words"),
        [
            ("params.p = { type = 'strng' }", "Q015", "must be one of `str`"),
            ("params.p = { type = 'int', default = 'x' }", "Q023", "`x` is not a whole number"),
            ("params.p = { type = 'int', default = 12, max = 9 }", "Q023", "more than 9"),
            ("params.p = { type = 'int', min = 3, max = 1 }", "Q023", "above `max`"),
            ("params.p = { type = 'bool', min = 3 }", "Q023", "means nothing"),
            ("params.p = { pattern = '(' }", "Q023", "no regular expression"),
            ("params.p = { type = 'choice' }", "Q023", "without `choices`"),
            ("params.p = { type = 'int', choices = [1, 'x'] }", "Q023", "`x` is not a whole number"),
            ("params.p = { secret = true, choices = ['on', 'off'] }", "Q023", "each of the `choices` of parameter `p`"),
            ("params.p = { secret = true, type = 'int', choices = [1, 2] }", "Q023", "has less than 4 characters"),
            ("params.p = { default = 2026-01-01 }", "Q023", "is not a text"),
            ("params.p = { secret = true, default = 'x' }", "Q023", "has less than 4 characters"),
            ("params.p = 'x'", "Q015", "must be a table"),
            ("params = 'x'", "Q015", "must be a table"),
            ("params.a-b = {}", "Q017", "not a name"),
            ("params.p = { defualt = 1 }", "Q014", "unknown key `defualt`"),
        ],
    )
    def test_a_declaration_that_contradicts_itself_says_so(
        self, files: Files, declared: str, code: str, words: str
    ) -> None:
        problem = files.broken(f"[tasks.t]\nrun = 'true'\n{declared}\n")

        assert problem.code == code
        assert words in problem.message
        assert problem.line == 3
