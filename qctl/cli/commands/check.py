"""`qctl check`: what is wrong in tasks.toml, for people, programs and code hosts."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from qctl import __version__
from qctl.cli.emit import as_json, write_text
from qctl.cli.grammar import new_app
from qctl.cli.session import session
from qctl.cli.settings import CHECK_FORMATS
from qctl.config.formats import as_record, render_github, render_sarif
from qctl.config.host_zone import host_zone
from qctl.config.report import check as check_files
from qctl.config.report import render_text

app = new_app()

_FORMATS: Final = ("table", "wide", "json", "jsonl", *CHECK_FORMATS)


@app.command()
def check(
    context: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="exit 78 for warnings, too")] = False,
) -> int:
    """Check tasks.toml and all that it includes: each problem with its line, column and what to write.

    \b
    qctl check                    errors and warnings
    qctl check --strict           fails on warnings too, as before a commit
    qctl check -o github          annotations for GitHub; also sarif and json

    Exit codes:
      0   no errors; with --strict no warnings either
      78  there are some

    See also: qctl help config, qctl help Q014, doctor, env
    """
    here = session(context, _FORMATS)
    report = check_files(here.settings.file, here.environ, here.folder, host_zone(here.environ))
    match here.settings.output:
        case "json":
            write_text(as_json(as_record(report)) + "\n")
        case "jsonl":
            for problem in as_record(report)["problems"]:
                write_text(as_json(problem) + "\n")
        case "sarif":
            write_text(render_sarif(report, __version__, here.folder))
        case "github":
            write_text(render_github(report, here.folder))
        case _:
            write_text(here.out.plain(render_text(report, here.folder)))
    return report.exit_code(strict=strict)
