"""How a command finds its own modules: quickly, and as Python would."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source import ROOT

#: Imports a module of ours and tells of it; after words, with Python's own finders.
TELLING = """
import inspect, json, sys
from qctl.cli.own_modules import find_quickly
if not sys.argv[1:]:
    find_quickly()
import qctl, qctl.dates, qctl.model, qctl.model.names
def told(module):
    spec = module.__spec__
    return [module.__name__, module.__file__, module.__cached__, getattr(module, "__path__", None), spec.parent,
            spec.origin, spec.has_location, spec.cached, module.__package__, inspect.getsource(module)]
listed = [folder for folder in sys.path_importer_cache if folder.startswith(qctl.__path__[0])]
print(json.dumps([[told(one) for one in (qctl.dates, qctl.model, qctl.model.names)], listed]))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout of qctl that may be edited."""
    shutil.copytree(ROOT / "qctl", tmp_path / "qctl", ignore=shutil.ignore_patterns("__pycache__", "man"))
    return tmp_path


def _python(folder: Path, code: str, *words: str, options: tuple[str, ...] = ()) -> str:
    command = [sys.executable, *options, "-c", code, *words]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def _refusal(folder: Path, code: str) -> str:
    """What a Python dies of."""
    command = [sys.executable, "-c", code]
    said = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False, timeout=60
    )
    assert said.returncode == 1
    return said.stderr.splitlines()[-1]


def test_modules_are_what_python_would_make_of_them_and_no_folder_is_listed(copy: Path) -> None:
    usual, listed = json.loads(_python(copy, TELLING, "usually"))
    quick, none = json.loads(_python(copy, TELLING))
    assert quick == usual
    assert str(copy / "qctl" / "model") in listed
    assert set(none) == {str(copy / "qctl"), str(copy / "qctl" / "cli")}, "those of the finder itself"


def test_an_edit_of_a_source_is_noticed(copy: Path) -> None:
    code = "from qctl.cli.own_modules import find_quickly; find_quickly(); from qctl import dates; print(dates.EDITED)"
    source = copy / "qctl" / "dates.py"
    before = source.read_text()
    for word in ("once", "twice"):
        source.write_text(f"{before}\nEDITED = '{word}'\n")
        assert _python(copy, code) == f"{word}\n"


def test_what_is_compiled_for_another_python_or_cut_short_is_compiled_anew(copy: Path) -> None:
    code = (
        "from qctl.cli.own_modules import find_quickly; find_quickly(); from qctl import dates; print(dates.__cached__)"
    )
    compiled = Path(_python(copy, code).strip())
    whole = compiled.read_bytes()
    for damaged in (b"", whole[:10], b"\0" * len(whole)):
        compiled.write_bytes(damaged)
        _python(copy, code)
        assert compiled.read_bytes() == whole


def test_code_that_was_compiled_elsewhere_names_the_source_that_is_here(copy: Path, tmp_path: Path) -> None:
    """A folder that was moved: tracebacks are to show lines of files that are there."""
    code = "from qctl.cli.own_modules import find_quickly; find_quickly(); from qctl.model.names import new_ids as one"
    telling = f"{code}; print(one.__code__.co_filename)"
    assert _python(copy, telling) == f"{copy}/qctl/model/names.py\n"
    (moved := tmp_path / "moved" / "qctl").parent.mkdir()
    (copy / "qctl").rename(moved)
    assert _python(moved.parent, telling) == f"{moved}/model/names.py\n"


def test_a_compiled_file_that_is_damaged_within_is_refused_as_python_refuses_it(copy: Path) -> None:
    finding, code = "from qctl.cli.own_modules import find_quickly; find_quickly()", "from qctl import dates"
    compiled = Path(_python(copy, f"{finding}; {code}; print(dates.__cached__)").strip())
    head, body = compiled.read_bytes()[:16], compiled.read_bytes()[16:]
    for damaged in (body[:100], b"\xff" * 100, b"N"):
        compiled.write_bytes(head + damaged)
        assert _refusal(copy, f"{finding}; {code}") == _refusal(copy, code)


def test_a_module_longer_than_one_reading_is_whole(copy: Path) -> None:
    code = "from qctl.cli.own_modules import find_quickly; find_quickly(); from qctl import long; print(len(long.TEXT))"
    (copy / "qctl" / "long.py").write_text(f"TEXT = {'x' * 300_000!r}\n")
    assert [_python(copy, code) for _ in range(2)] == ["300000\n"] * 2


def test_a_module_that_is_not_there_is_missed_as_ever(copy: Path) -> None:
    code = """
from qctl.cli.own_modules import find_quickly
find_quickly()
try:
    import qctl.nowhere
except ModuleNotFoundError as error:
    print(error, error.name)
"""
    assert _python(copy, code) == "No module named 'qctl.nowhere' qctl.nowhere\n"


def test_a_package_of_several_folders_has_the_modules_of_each_and_one_of_none_has_none(copy: Path) -> None:
    (second := copy / "second").mkdir()
    for name in ("dates", "further"):
        (second / f"{name}.py").write_text("HERE = 'second'\n")
    code = f"""
import qctl
from qctl.cli.own_modules import find_quickly
find_quickly()
qctl.__path__.append({str(second)!r})
import qctl.dates, qctl.further
print(hasattr(qctl.dates, "HERE"), qctl.further.HERE)
qctl.__path__ = []
try:
    import qctl.errors
except ModuleNotFoundError as error:
    print(error)
"""
    assert _python(copy, code).splitlines() == ["False second", "No module named 'qctl.errors'"]


def test_from_an_archive_python_reads_them(copy: Path) -> None:
    archive = Path(shutil.make_archive(str(copy / "qctl"), "zip", copy, "qctl"))
    (copy / "qctl").rename(copy / "elsewhere")
    code = "import sys; from qctl.cli.own_modules import find_quickly; find_quickly(); print(sys.meta_path[0])"
    assert "_Finder" not in _python(copy, f"import sys; sys.path.insert(0, {str(archive)!r}); {code}")


def test_who_loads_them_in_a_way_of_his_own_goes_on_with_it(copy: Path) -> None:
    """What measures or rewrites modules as they are imported would else see none of them."""
    code = """
import sys
from importlib.machinery import PathFinder, SourceFileLoader
class Watching(SourceFileLoader):
    def exec_module(self, module):
        super().exec_module(module)
        module.watched = True
class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        spec = PathFinder.find_spec(name, path, target)
        if name.partition(".")[0] == "qctl":
            spec.loader = Watching(name, spec.origin)
        return spec
sys.meta_path.insert(0, Finder)
from qctl.cli.own_modules import find_quickly
find_quickly()
import qctl.dates
print(qctl.dates.watched)
"""
    assert _python(copy, code) == "True\n"


@pytest.mark.parametrize("options", [("-O",), ("-X", "pycache_prefix=/nonexistent")])
def test_where_compiled_files_lie_elsewhere_python_finds_them(copy: Path, options: tuple[str, ...]) -> None:
    code = "import sys; from qctl.cli.own_modules import find_quickly; find_quickly(); print(sys.meta_path[0])"
    assert "_Finder" not in _python(copy, code, options=options)
    assert "_Finder" in _python(copy, code)


def test_a_command_finds_its_modules_so(copy: Path) -> None:
    code = """
import atexit, sys
from qctl.cli.main import main
sys.argv = ["qctl", "help"]
atexit.register(lambda: print(sys.meta_path[0]))
main()
"""
    assert "own_modules" in _python(copy, code)
