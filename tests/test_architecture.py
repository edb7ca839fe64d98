"""docs/architecture.md: the files of one gen-shots, in an order in which each leads to the next."""

import ast
import re
from collections import Counter

from tests.named_places import ROOT

LIMIT = 40
BEGINNINGS = {"server/api/routes/gen_shots.py", "server/worker/warm.py", "flows/gen_shots.py"}
"""Files that no other one imports by name: a request, a flow run, and a flow that is found by its kind."""


def listed() -> list[tuple[int, str]]:
    """The numbered files of the list."""
    section = (ROOT / "docs" / "architecture.md").read_text().partition("## The life of one gen-shots")[2]
    return [(int(number), file) for number, file in re.findall(r"^(\d+)\. `([\w/]+\.py)`: \S", section, re.MULTILINE)]


def imports(file: str) -> set[str]:
    """The files that a file imports; of a package, what its `__init__` passes on too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            base = node.module.replace(".", "/")
            found |= {f"{base}.py", *(f"{base}/{alias.name}.py" for alias in node.names)}
            package = f"{base}/__init__.py"
            if (ROOT / package).exists() and package != file:
                found |= imports(package)
    return found


def test_the_list_is_short() -> None:
    """One request can be followed through forty files, each named once and there, numbered from one on."""
    numbers, files = [number for number, _ in listed()], [file for _, file in listed()]
    assert numbers == list(range(1, len(files) + 1))
    assert 30 <= len(files) <= LIMIT
    assert len(set(files)) == len(files)
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_each_file_leads_to_the_next() -> None:
    """A reader comes to each file from one that is listed before it."""
    before: set[str] = set()
    lost: list[str] = []
    for _, file in listed():
        lost += [] if file in before | BEGINNINGS else [file]
        before |= imports(file)
    assert lost == []


def test_a_family_of_files_has_a_folder() -> None:
    """Of one folder's files no four begin with one word: their word is a folder's name."""
    rooms = ("wzrd", "blocks", "tasks", "flows", "server", "benchmarks", "tools")
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py") if file.stem != "__init__"]
    families = Counter((file.parent.relative_to(ROOT).as_posix(), file.stem.partition("_")[0]) for file in files)
    assert [family for family, count in families.items() if count >= 4] == []
