"""What a program is told of a task that nothing here declares: where was looked, and what may be meant."""

from __future__ import annotations

from qctl.config import Config
from qctl.config.declared_here import declared_here
from qctl.config.values import NoSuchTask
from qctl.errors import NotFound
from qctl.model.suggest import did_you_mean


def told_to_a_program(error: NoSuchTask, config: Config) -> NotFound:
    """The same error in words that fit a program, which may lack an import as well as a file."""
    name = str(error.facts["task"])
    known = [*config.tasks, *config.declared, *config.workflows, *declared_here]
    meant = error.facts["meant"] or did_you_mean(name, known)
    if config.file:
        where, advice = f"neither {config.file} nor", f"import that module, or declare it in {config.file}"
    else:
        where = "no tasks.toml was found, and"
        advice = "import that module, or name the tasks.toml: qctl.configure(file=…), QCTL_FILE"
    none = "a" if config.file else "no"
    return NotFound(f"no task `{name}`: {where} {none} module that is imported here declares it{meant}", help=advice)
