"""Which files of a project a function uses, on small made-up projects."""

from pathlib import Path

import pytest

from spam_classifier.code_dependencies import find_used_files, locate


def write_files(project: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = project / "src/shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return project


def find_modules(project: Path, name: str = "start", file: str = "nodes.py") -> set[str]:
    """Return the files that a function uses, by their path in the package."""
    used = find_used_files(project, [(f"src/shop/{file}", name)])
    return {path.removeprefix("src/shop/") for path in used}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from shop.tools import mend\ndef start(): mend()", id="a name"),
        pytest.param("from shop.tools import mend as fix\ndef start(): fix()", id="another name"),
        pytest.param("from shop import tools\ndef start(): tools.mend()", id="its module"),
        pytest.param("from shop import tools as t\ndef start(): t.mend()", id="a renamed module"),
        pytest.param("import shop.tools\ndef start(): shop.tools.mend()", id="a dotted module"),
        pytest.param("import shop.tools as t\ndef start(): t.mend()", id="a renamed dotted module"),
        pytest.param("from .tools import mend\ndef start(): mend()", id="a relative name"),
        pytest.param("from . import tools\ndef start(): tools.mend()", id="a relative module"),
        pytest.param("def start():\n  from shop.tools import mend\n  mend()", id="within the body"),
        pytest.param("def start():\n  import shop.tools\n  shop.tools.mend()", id="a module there"),
        pytest.param(
            "from shop.tools import mend\ndef start(): call()\ndef call(): mend()",
            id="through a function beside it",
        ),
        pytest.param(
            "from shop.tools import mend\nTABLE = {'a': mend}\ndef start(): TABLE",
            id="through a constant",
        ),
        pytest.param(
            "from shop.tools import mend\nTABLE: dict = {'a': mend}\ndef start(): TABLE",
            id="through a constant with a type",
        ),
        pytest.param(
            "from shop.tools import mend\nA, B = 1, mend\ndef start(): B",
            id="through one of several constants",
        ),
        pytest.param(
            "from shop.tools import mend\n@mend\ndef start(): pass",
            id="as a decorator",
        ),
        pytest.param(
            "from shop.tools import mend\ndef start(way=mend): pass",
            id="as a default",
        ),
        pytest.param(
            "from shop.tools import mend\nclass Base(mend): pass\ndef start(): Base()",
            id="as a base class",
        ),
        pytest.param(
            "from shop.tools import mend\nclass start:\n  def method(self): mend()",
            id="in a method",
        ),
        pytest.param(
            "try:\n  from shop.tools import mend\nexcept ImportError:\n  mend = None\n"
            "def start(): mend()",
            id="imported in a try",
        ),
        pytest.param(
            "import sys\nif sys.platform:\n  from shop.tools import mend\n  def start(): mend()\n",
            id="defined in an if",
        ),
        pytest.param(
            "from shop.tools import mend\ndef start(thing):\n  match thing:\n    case mend(): pass",
            id="in a pattern",
        ),
    ],
)
def test_what_a_function_uses_counts(code: str, tmp_path: Path) -> None:
    project = write_files(tmp_path, {"nodes.py": code, "tools.py": "def mend(): pass"})
    assert find_modules(project) == {"nodes.py", "tools.py"}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from shop.tools import mend\ndef start(): pass", id="imported, not used"),
        pytest.param(
            "from shop.tools import mend\ndef start(): pass\ndef other(): mend()",
            id="used by another function",
        ),
        pytest.param(
            "from shop.tools import mend\ndef start(a: mend) -> mend: pass", id="in a signature"
        ),
        pytest.param("import json\ndef start(): json.tools", id="another package's attribute"),
        pytest.param("def start(): 'shop.tools.mend'", id="a text"),
    ],
)
def test_what_a_function_does_not_use_does_not_count(code: str, tmp_path: Path) -> None:
    project = write_files(tmp_path, {"nodes.py": code, "tools.py": "def mend(): pass"})
    assert find_modules(project) == {"nodes.py"}


def test_uses_are_followed_from_file_to_file(tmp_path: Path) -> None:
    files = {
        "nodes.py": "from shop.first import one\ndef start(): one()",
        "first.py": "from shop.second import two\nfrom shop.third import three\n"
        "def one(): two()\ndef unused(): three()",
        "second.py": "def two(): pass",
        "third.py": "def three(): pass",
    }
    assert find_modules(write_files(tmp_path, files)) == {"nodes.py", "first.py", "second.py"}


def test_a_name_is_followed_to_where_it_is_defined(tmp_path: Path) -> None:
    files = {
        "nodes.py": "from shop.front import mend\ndef start(): mend()",
        "front/__init__.py": "from shop.front.back import mend\nfrom shop.other import thing",
        "front/back.py": "def mend(): pass",
        "other.py": "def thing(): pass",
    }
    used = find_modules(write_files(tmp_path, files))
    assert used == {"nodes.py", "front/__init__.py", "front/back.py"}


def test_a_relative_import_may_climb(tmp_path: Path) -> None:
    files = {
        "deep/nodes.py": "from ..tools import mend\ndef start(): mend()",
        "tools.py": "def mend(): pass",
    }
    project = write_files(tmp_path, files)
    assert find_modules(project, file="deep/nodes.py") == {"deep/nodes.py", "tools.py"}


def test_files_that_use_each_other_come_to_an_end(tmp_path: Path) -> None:
    files = {
        "nodes.py": "from shop.tools import mend\ndef start(): mend()",
        "tools.py": "from shop.nodes import start\ndef mend(): start()",
    }
    assert find_modules(write_files(tmp_path, files)) == {"nodes.py", "tools.py"}


@pytest.mark.parametrize("name", ["method", ""])
def test_a_name_that_a_file_does_not_define_stands_for_all_of_it(name: str, tmp_path: Path) -> None:
    """Nodes may be methods, of which Kedro tells the last part of the name."""
    files = {
        "nodes.py": "from shop.tools import mend\nclass Start:\n  def method(self): mend()",
        "tools.py": "def mend(): pass",
    }
    assert find_modules(write_files(tmp_path, files), name) == {"nodes.py", "tools.py"}


@pytest.mark.parametrize(
    ("dotted", "place"),
    [
        ("shop.tools", ("src/shop/tools.py", "")),
        ("shop.tools.mend", ("src/shop/tools.py", "mend")),
        ("shop.tools.Mender.mend", ("src/shop/tools.py", "Mender")),
        ("shop.front", ("src/shop/front/__init__.py", "")),
        ("shop.front.mend", ("src/shop/front/__init__.py", "mend")),
        ("shopping.tools", None),
        ("json.dumps", None),
    ],
)
def test_a_dotted_name_is_located(
    dotted: str, place: tuple[str, str] | None, tmp_path: Path
) -> None:
    project = write_files(tmp_path, {"tools.py": "", "front/__init__.py": ""})
    assert locate(project, dotted) == place
