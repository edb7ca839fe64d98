"""Imports between our modules: how many hang on one, how long their chains are, and that none leads round."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("wzrd", "blocks", "tasks", "flows", "server")
ART = "wzrd.animatic"
Imports: TypeAlias = Mapping[str, frozenset[str]]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}


def statements(body: Iterable[ast.stmt], *, called: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Each statement, however deep, and whether it runs only when a function is called."""
    for statement in body:
        yield statement, called
        inside = called or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        for field in ("body", "orelse", "finalbody"):
            yield from statements(getattr(statement, field, ()), called=inside)
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from statements(part.body, called=inside)


def imported(statement: ast.stmt) -> Iterator[str]:
    """The modules of ours that a statement imports."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names if alias.name in MODULES)
    if isinstance(statement, ast.ImportFrom):
        assert statement.level == 0, f"a relative import of {statement.module}"
        for alias in statement.names:
            names = f"{statement.module}.{alias.name}", statement.module or ""
            yield from (name for name in names[: 1 if names[0] in MODULES else 2] if name in MODULES)


@cache
def read_imports() -> tuple[Imports, Imports]:
    """The modules that each one imports, and those that it imports unasked: not where a function is called.

    Imports for type checkers are among both.
    """
    every, unasked = dict[str, frozenset[str]](), dict[str, frozenset[str]]()
    for module, path in MODULES.items():
        found = [
            (name, called) for one, called in statements(ast.parse(path.read_bytes()).body) for name in imported(one)
        ]
        every[module] = frozenset(name for name, _ in found if name != module)
        unasked[module] = frozenset(name for name, called in found if name != module and not called)
    return every, unasked


def longest_chain(imports: Imports) -> list[str]:
    """The longest way from a module over what it imports to one that imports nothing of ours."""
    chains: dict[str, list[str]] = {}
    for module in TopologicalSorter(imports).static_order():
        below = max((chains[name] for name in sorted(imports.get(module, ()))), key=len, default=list[str]())
        chains[module] = [module, *below]
    return max(chains.values(), key=len)


def within(imports: Imports, *packages: str, without: str = " ") -> Imports:
    def is_meant(name: str) -> bool:
        return name.startswith(packages) and not name.startswith(without)

    return {name: frozenset(filter(is_meant, found)) for name, found in imports.items() if is_meant(name)}


def test_no_import_leads_round() -> None:
    """Neither at import, nor for a type checker, nor within a function: modules stand one above the other."""
    TopologicalSorter(read_imports()[0]).prepare()


@pytest.mark.parametrize(
    ("packages", "without", "most"),
    [(("wzrd",), ART, 20), (("wzrd",), " ", 24), (PACKAGES, " ", 24)],
    ids=["library without the art", "library", "all"],
)
def test_chains_are_short(packages: tuple[str, ...], without: str, most: int) -> None:
    """A chain of imports, as a reader follows it from a module down; an import for type checkers counts."""
    chain = longest_chain(within(read_imports()[1], *packages, without=without))
    assert len(chain) <= most, "\n".join(chain)


def test_who_starts_a_run_loads_little() -> None:
    """Neither providers nor files nor the network hang on the beginning of a run."""
    listing = "import sys, wzrd.runs.start; print(*(name for name in sys.modules if name.split('.')[0] == 'wzrd'))"
    loaded = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, check=True, capture_output=True, text=True)
    assert len(loaded.stdout.split()) <= 36, loaded.stdout
