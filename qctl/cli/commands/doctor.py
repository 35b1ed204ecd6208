"""`qctl doctor`: what is wrong with an installation, and the command that helps."""

from __future__ import annotations

from typing import Final

import typer

from qctl.classes import replace
from qctl.cli.emit import as_json, emit_list, write
from qctl.cli.failure import masked
from qctl.cli.grammar import new_app
from qctl.cli.screens import doctor as screens
from qctl.cli.session import Session, session
from qctl.cli.terminal import speaks_unicode
from qctl.client.checkup import Patient, check_up
from qctl.config.host_zone import host_zone, host_zone_name
from qctl.config.report import check
from qctl.model.finding import Finding, Verdict, finding_view, worst

app = new_app()

_COLUMNS: Final = ("name", "verdict", "found", "next")


@app.command()
def doctor(context: typer.Context) -> int:
    """Check the installation, from Python to stuck jobs, and say what helps. It starts and changes nothing.

    \b
    qctl doctor
    qctl doctor -o tsv | grep -v $'\\tok\\t'    what is not well, alone

    Exit codes:
      0  all is well, or some only warn
      1  a check failed

    See also: status, check
    """
    here = session(context)
    findings = [_masked(finding) for finding in check_up(_patient(here))]
    if here.settings.output == "json":
        write(as_json(_document(findings)))
    else:
        emit_list(
            here.settings,
            [finding_view(finding) for finding in findings],
            lambda: screens.doctor(findings, here.out),
            columns=_COLUMNS,
            name="name",
        )
    return int(worst(findings) is Verdict.FAIL)


def _patient(here: Session) -> Patient:
    chosen = here.settings
    return Patient(
        report=check(chosen.file, here.environ, here.folder, host_zone(here.environ)),
        config=here.config_to_look_by()[0],
        redis=chosen.redis,
        namespace=chosen.namespace,
        timeout=chosen.redis_timeout,
        unicode=speaks_unicode(here.environ),
        zone=host_zone_name(here.environ),
    )


def _masked(finding: Finding) -> Finding:
    """It without the passwords of URLs that an error may have quoted (attack 34)."""
    return replace(finding, found=" ".join(masked(finding.found).split("\n")), next=masked(finding.next))


def _document(findings: list[Finding]) -> dict[str, object]:
    """All of it as `qctl.doctor/1`."""
    return {
        "schema": "qctl.doctor/1",
        "verdict": worst(findings).value,
        "checks": [finding_view(finding) for finding in findings],
    }
