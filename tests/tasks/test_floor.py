"""The floor of Prefect's steps: every file knows Prefect, and no module holds the live objects of a run."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MOST_LINES = 2_800
"""Of the steps; what Prefect's pages show is counted apart."""
LIVE = {"dict", "defaultdict", "OrderedDict", "WeakValueDictionary", "WeakKeyDictionary", "list", "set"}
KNOWN = {
    "wzrd/slots.py": {"_rounds"},  # who waits for a round, by event loop
    "wzrd/assets/content_cache.py": {"_locks"},  # of cache keys, not of runs; a lock nobody holds is gone
    "blocks/resolve.py": {"_serving", "_lifetimes"},  # the composition root's runtimes, by event loop
    "tasks/retrying.py": {"_unremarked"},  # names of tasks
}
"""Module-level collections that change, and why each may."""


def tree_of(text: str) -> ast.Module:
    """The syntax tree. Python 3.11 counts how deep all threads are together, and takes that for a fault (gh-106905)."""
    for _ in range(20):
        with suppress(SystemError):
            return ast.parse(text)
    return ast.parse(text)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(tree: ast.Module) -> set[str]:
    """The roots of all that a module imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
    return found


def is_empty_collection(value: ast.expr | None) -> bool:
    """Tell whether a value begins empty, to be filled later."""
    if isinstance(value, ast.Call):
        call = value.func.value if isinstance(value.func, ast.Subscript) else value.func
        name = call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""
        return name in LIVE and not value.args and not value.keywords
    if isinstance(value, ast.Dict):
        return not value.keys
    return isinstance(value, ast.List | ast.Set) and not value.elts


def filled_later(tree: ast.Module) -> set[str]:
    """The names of module-level collections that begin empty."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and is_empty_collection(node.value):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign) and is_empty_collection(node.value):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


def test_every_file_of_tasks_knows_prefect() -> None:
    """It imports it, or makes its task of a step; what works without stands in the library."""
    without = [
        str(path.relative_to(ROOT))
        for path in sources("tasks")
        if (text := path.read_text()).strip() and "prefect" not in imported(tree_of(text)) and "@step_task(" not in text
    ]
    assert without == []


def test_the_steps_are_thin() -> None:
    """They are what a Prefect engineer reads: the engine has other floors."""
    steps = [path for path in sources("tasks") if path.parent.name != "artifacts"]
    assert sum(len(path.read_text().splitlines()) for path in steps) <= MOST_LINES


def test_no_module_holds_live_objects() -> None:
    """Those of a run belong to its lease (`wzrd.runtime.heartbeat`), and go with it."""
    found = {
        name: names
        for path in sources("wzrd", "tasks", "flows", "blocks")
        if (names := filled_later(tree_of(path.read_text()))) and (name := str(path.relative_to(ROOT))) not in KNOWN
    }
    assert found == {}
    for name, names in KNOWN.items():
        assert filled_later(tree_of((ROOT / name).read_text())) == names


@pytest.mark.parametrize(
    "text",
    [
        "_boards: dict[str, object] = {}",
        "_cuts: OrderedDict[str, object] = OrderedDict()",
        "_films = weakref.WeakValueDictionary()",
        "_made = dict[str, object]()",
    ],
)
def test_a_registry_is_seen(text: str) -> None:
    """However it is written."""
    assert len(filled_later(tree_of(text))) == 1


def test_a_table_is_no_registry() -> None:
    """It is full when it is read."""
    assert filled_later(tree_of("TABLE = {'a': 1}\nNAMES = frozenset()\nWORDS = set(('a',))")) == set()
