"""The project's own source, read as trees: modules, what they import, how long things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of the project."""

    name: str  #: dotted, a package by its own name
    path: Path
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  #: of that tree, what is deeper comes later

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


@dataclass(frozen=True, slots=True)
class Import:
    """One import: who, what, where, and whether only when a function runs."""

    importer: Module
    target: str  #: dotted
    line: int
    inside: str  #: the function that it stands in, empty at module level

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


@cache
def modules(folder: str = "qctl") -> tuple[Module, ...]:
    """All modules below a folder of the project."""
    return tuple(_read(path) for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def imports(folder: str = "qctl") -> tuple[Import, ...]:
    """All imports of the modules below a folder, those by name (`import_module`) included."""
    return tuple(found for module in modules(folder) for found in _imports_of(module))


def definitions(module: Module) -> Iterator[Definition]:
    """Every function, method and class of a module."""
    return (node for node in module.nodes if isinstance(node, Definition))


def length(node: Definition) -> int:
    """Lines from `def` or `class` to the end, its docstring not counted."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is not None:
        lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
    return lines


def literals(module: Module) -> Iterator[tuple[int, str]]:
    """Every text in a module's code with its line, pieces of f-strings included, docstrings not."""
    documented = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    docstrings = {id(_docstring(node)) for node in module.nodes if isinstance(node, documented)}
    for node in module.nodes:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            if isinstance(value, str):
                yield node.lineno, value


def _docstring(node: ast.Module | Definition) -> ast.expr | None:
    first = node.body[0] if node.body else None
    return first.value if isinstance(first, ast.Expr) else None


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text()
    tree = ast.parse(text, str(path))
    return Module(name, path, text, tree, tuple(ast.walk(tree)))


def _imports_of(module: Module) -> Iterator[Import]:
    functions = [node for node in definitions(module) if not isinstance(node, ast.ClassDef)]
    for node in module.nodes:
        for target in _targets(node):
            line: int = node.lineno  # type: ignore[attr-defined]
            around = [each.name for each in functions if each.lineno <= line <= (each.end_lineno or 0)]
            yield Import(module, target, line, around[-1] if around else "")


def _targets(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(package), level=0):
            return [_submodule(package, alias.name) for alias in node.names]
        case ast.ImportFrom():
            return ["(relative)"]
        case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[first, *_]):
            return [_by_name(first)]
        case _:
            return []


def _by_name(argument: ast.expr) -> str:
    """What `import_module` is called with, as far as it is written there: the package, when a name is put into it."""
    if isinstance(argument, ast.JoinedStr):
        argument = argument.values[0]
    text = argument.value if isinstance(argument, ast.Constant) else ""
    return str(text).rstrip(".")


def _submodule(package: str, name: str) -> str:
    inner = ROOT.joinpath(*package.split("."), name)
    return f"{package}.{name}" if inner.with_suffix(".py").exists() or (inner / "__init__.py").exists() else package
