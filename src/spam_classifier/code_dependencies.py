"""Finds the files of a project's own code that a function uses, without running it."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

EntryPoint = tuple[str, str]


def find_used_files(
    project: Path, entry_points: Iterable[EntryPoint], source_folder: str = "src"
) -> set[str]:
    """Follow names and imports from some functions and classes through the project's code.

    Only what a definition's body uses counts: an import at the top of a file is followed when one
    of the definitions that are used needs it. Annotations of arguments and results do not count.

    Args:
        project: The project's root.
        entry_points: File (relative to the root) and name of functions or classes.
        source_folder: Folder of the packages, relative to the root.

    Returns:
        The files, relative to the root.
    """
    modules: dict[str, _Module] = {}
    waiting, seen = list(entry_points), set[EntryPoint]()
    while waiting:
        path, name = entry_point = waiting.pop()
        if entry_point in seen:
            continue
        seen.add(entry_point)
        if path not in modules:
            modules[path] = _Module(project, path, source_folder)
        waiting += modules[path].find_uses(name)
    return {path for path, _ in seen}


class _Module:
    """The definitions and imports of one file."""

    def __init__(self, project: Path, path: str, source_folder: str) -> None:
        self._sources = project / source_folder
        self._path = path
        self._source_folder = source_folder
        tree = ast.parse((project / path).read_text(encoding="utf-8"))
        self._definitions: dict[str, ast.stmt] = {}
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self._definitions[statement.name] = statement
            elif isinstance(statement, ast.Assign):
                names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
                self._definitions |= dict.fromkeys(names, statement)
        self._imports = dict(self._read_imports(tree.body))

    def find_uses(self, name: str) -> Iterator[EntryPoint]:
        """Yield the definitions, here or in other files, that a definition's body uses."""
        definition = self._definitions.get(name)
        if definition is None:
            return
        inside = [node for node in ast.walk(definition) if isinstance(node, ast.ImportFrom)]
        imports = self._imports | dict(self._read_imports(inside))
        for node in _walk_without_signatures(definition):
            if isinstance(node, ast.Name) and node.id in self._definitions:
                yield self._path, node.id
            elif isinstance(node, ast.Name) and node.id in imports:
                yield imports[node.id]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in imports:
                    yield imports[node.value.id][0], node.attr

    def _read_imports(self, statements: Iterable[ast.AST]) -> Iterator[tuple[str, EntryPoint]]:
        """Yield the local name of each import from the project, with the place of its definition.

        A module that is imported as a whole has the name "", which defines nothing.
        """
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
                for alias in statement.names:
                    local = alias.asname or alias.name
                    if path := self._locate(f"{statement.module}.{alias.name}"):
                        yield local, (path, "")
                    elif path := self._locate(statement.module):
                        yield local, (path, alias.name)

    def _locate(self, module: str) -> str | None:
        """Return the file of a module of the project, relative to the project's root."""
        relative = f"{module.replace('.', '/')}.py"
        return f"{self._source_folder}/{relative}" if (self._sources / relative).exists() else None


def _walk_without_signatures(definition: ast.AST) -> Iterator[ast.AST]:
    """Walk the tree below a definition, but for the annotations of arguments and results."""
    for field, value in ast.iter_fields(definition):
        if field in ("returns", "annotation") and not isinstance(definition, ast.AnnAssign):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _walk_without_signatures(child)
