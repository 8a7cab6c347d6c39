"""Finds the files of a project's own code that a function uses, without running it.

A build tool that runs a stage again only when its code changes has to know that code. Listing the
whole package runs too much again, listing files by hand forgets some.

What cannot be seen: imports with `*`, names made at run time (`getattr`, `importlib`), and what a
file does while it is imported besides defining names.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

EntryPoint = tuple[str, str]
"""A file, relative to the project's root, and the name of a definition in it; "" means all."""

SOURCE_FOLDER = "src"


def find_used_files(
    project: Path, entry_points: Iterable[EntryPoint], source_folder: str = SOURCE_FOLDER
) -> set[str]:
    """Follow names and imports from some functions and classes through the project's code.

    Only what a definition's body uses counts: an import at the top of a file is followed when one
    of the definitions that are used needs it. Annotations of arguments and results do not count.

    Args:
        project: The project's root.
        entry_points: File and name of functions or classes. A name that the file does not define,
            such as that of a method, stands for the whole file.
        source_folder: Folder of the packages, relative to the root.

    Returns:
        The files, relative to the root.

    Example:
        >>> find_used_files(Path.cwd(), [("src/shop/nodes.py", "count_orders")])
        {'src/shop/nodes.py', 'src/shop/orders.py'}
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


def locate(project: Path, dotted: str, source_folder: str = SOURCE_FOLDER) -> EntryPoint | None:
    """Find where a dotted name such as `shop.orders.Order` is defined.

    Args:
        project: The project's root.
        dotted: Package, modules, and perhaps a name in the last one and its attributes.
        source_folder: Folder of the packages, relative to the root.

    Returns:
        The file and the name in it, "" for a module itself; None if it is not the project's.
    """
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        base = "/".join([source_folder, *parts[:length]])
        for path in (f"{base}.py", f"{base}/__init__.py"):
            if (project / path).is_file():
                return path, "".join(parts[length : length + 1])
    return None


class _Module:
    """The definitions and imports of one file."""

    def __init__(self, project: Path, path: str, source_folder: str) -> None:
        self._project = project
        self._path = path
        self._source_folder = source_folder
        tree = ast.parse((project / path).read_text(encoding="utf-8"))
        self._imports = dict(self._read_imports(_walk_statements(tree.body)))
        self._definitions: dict[str, list[ast.stmt]] = {}
        for statement in _walk_statements(tree.body):
            for name in _find_defined_names(statement):
                self._definitions.setdefault(name, []).append(statement)

    def find_uses(self, name: str) -> Iterator[EntryPoint]:
        """Yield the definitions, here or in other files, that a definition's body uses."""
        for definition in self._definitions.get(name, []):
            yield from self._find_uses_in(definition)
        yield from self._resolve(name, self._imports)
        if name not in self._definitions and name not in self._imports:
            yield from ((self._path, defined) for defined in self._definitions)

    def _find_uses_in(self, definition: ast.stmt) -> Iterator[EntryPoint]:
        imports = self._imports | dict(self._read_imports(ast.walk(definition)))
        for dotted in _find_names(definition):
            if dotted.partition(".")[0] in self._definitions:
                yield self._path, dotted.partition(".")[0]
            else:
                yield from self._resolve(dotted, imports)

    def _resolve(self, dotted: str, imports: dict[str, str]) -> Iterator[EntryPoint]:
        """Yield the place of a name that is imported from the project."""
        first, dot, rest = dotted.partition(".")
        if first in imports:
            place = locate(self._project, imports[first] + dot + rest, self._source_folder)
            if place:
                yield place

    def _read_imports(self, statements: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
        """Yield each imported name as it is called here, and its full dotted name."""
        for statement in statements:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    package = alias.name.partition(".")[0]  # what `import package.module` binds
                    yield (alias.asname, alias.name) if alias.asname else (package, package)
            elif isinstance(statement, ast.ImportFrom):
                module = self._find_module(statement)
                for alias in statement.names:
                    yield alias.asname or alias.name, f"{module}.{alias.name}"

    def _find_module(self, statement: ast.ImportFrom) -> str:
        """Return the full dotted name of the module that a `from` names."""
        here = Path(self._path).relative_to(self._source_folder).parts
        package = here[: -statement.level] if statement.level else ()
        return ".".join([*package, *filter(None, [statement.module])])


def _walk_statements(body: Iterable[ast.AST]) -> Iterator[ast.stmt]:
    """Yield a file's own statements, those within `if`, `try`, `with` and loops included."""
    for node in body:
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            yield from _walk_statements(ast.iter_child_nodes(node))


def _find_defined_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a file defines there."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _find_names(node: ast.AST) -> Iterator[str]:
    """Yield the names in a definition, with their attributes; no annotations of signatures."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute) and (dotted := _join_attributes(node)):
        yield dotted
    else:
        for field, value in ast.iter_fields(node):
            if field == "returns" or (field == "annotation" and isinstance(node, ast.arg)):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _find_names(child)


def _join_attributes(node: ast.Attribute) -> str | None:
    """Return `a.b.c` for attributes of a name, None for those of another expression."""
    parts: list[str] = []
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    return ".".join([value.id, *reversed(parts)]) if isinstance(value, ast.Name) else None
