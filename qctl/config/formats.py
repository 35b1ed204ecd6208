"""The report of `qctl check` for programs: JSON, SARIF for code scanners, annotations for GitHub."""

from __future__ import annotations

import json

from qctl.config.codes import EXPLANATIONS
from qctl.config.report import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.config.problems import Problem
    from qctl.config.report import Report

SCHEMA: Final = "qctl.check/1"
_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_record(report: Report) -> dict[str, Any]:
    """The report as JSON knows it, `qctl.check/1`."""
    return {
        "schema": SCHEMA,
        "file": report.file,
        "errors": report.errors,
        "warnings": report.warnings,
        "tasks": {"declared": report.declared, "usable": report.usable},
        "problems": [_record(problem) for problem in report.problems],
    }


def render_sarif(report: Report, version: str, folder: str = "") -> str:
    """SARIF 2.1.0, one run; `version` is that of qctl."""
    rules = [{"id": code, "fullDescription": {"text": EXPLANATIONS.get(code, code)}} for code in _codes(report)]
    run = {
        "tool": {"driver": {"name": "qctl", "version": version, "rules": rules}},
        "results": [_result(problem, folder) for problem in report.problems],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def render_github(report: Report, folder: str = "") -> str:
    """One workflow command a line, which GitHub shows at the line of the file."""
    return "".join(_annotation(problem, folder) for problem in report.problems)


def _codes(report: Report) -> list[str]:
    return sorted({problem.code for problem in report.problems})


def _record(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "file": problem.file,
        "line": problem.line or None,
        "column": problem.column or None,
        "width": problem.width,
        "note": problem.note or None,
        "help": problem.help or None,
        "suggestion": problem.suggestion or None,
        "task": problem.task,
    }


def _whole_message(problem: Problem) -> str:
    return f"{problem.message} ({problem.note})" if problem.note else problem.message


def _result(problem: Problem, folder: str) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": shorten(problem.file, folder)}}
    if problem.line:
        column = max(1, problem.column)
        location["region"] = {
            "startLine": problem.line,
            "startColumn": column,
            "endColumn": column + problem.width,
        }
    return {
        "ruleId": problem.code,
        "level": str(problem.severity),
        "message": {"text": _whole_message(problem)},
        "locations": [{"physicalLocation": location}],
    }


def _annotation(problem: Problem, folder: str) -> str:
    facts = {"file": shorten(problem.file, folder), "line": problem.line, "col": problem.column, "title": problem.code}
    said = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in facts.items() if value)
    return f"::{problem.severity} {said}::{_escaped(_whole_message(problem))}\n"


def _escaped(text: str, more: str = "") -> str:
    """GitHub's percent escapes: of line breaks everywhere, of `:` and `,` in properties."""
    for sign in "%\r\n" + more:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
