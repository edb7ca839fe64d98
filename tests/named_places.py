"""Names in texts of places in this repository: paths, file names, modules, their members; and which are there."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = ("wzrd", "server", "tasks", "flows", "blocks")
FOLDERS = (*CODE, "tests", "benchmarks", "docs", "examples")
PATH = re.compile(rf"(?<![\w./@-])(?:{'|'.join(FOLDERS)})/[\w./-]*")
FILE = re.compile(r"(?<![\w./*<-])[A-Za-z_][\w-]*\.(?:py|md)\b")
DOTTED = re.compile(rf"(?<![\w./@:-])(?:{'|'.join(CODE)})(?:\.[A-Za-z_]\w*)+")
TABLE = re.compile(r"create table (wzrd\.\w+)")


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of ours."""
    return tuple(sorted(path for folder in (*CODE, "tests", "benchmarks") for path in ROOT.glob(f"{folder}/**/*.py")))


def documents() -> list[Path]:
    """Every document of ours, and the files that say how the house is checked and started."""
    settings = [ROOT / name for name in ("Makefile", "prefect.yaml", "pyproject.toml", ".ci/run")]
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *settings])


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements within a node, at any depth: a fifth of the nodes that `ast.walk` goes through."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child
            yield from statements(child)


def prose_of(source: str) -> Iterator[str]:
    """The docstrings and comments of a Python file, and code that it holds as text (a `from` in it names a module)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"^\s*(?:from|import) [\w.]+", node.value, re.MULTILINE)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


@cache
def _tables() -> frozenset[str]:
    return frozenset(
        name for path in ROOT.glob("wzrd/db/migrations/*.sql") for name in TABLE.findall(path.read_text().lower())
    )


@cache
def _file_names() -> frozenset[str]:
    return frozenset(path.name for path in (*sources(), *documents()))


@cache
def _event_names() -> frozenset[str]:
    """Beginnings of the names of our events, their resources and labels in Prefect."""
    source = ast.parse((ROOT / "wzrd" / "domain" / "announcements.py").read_text())
    texts = [node.value for node in ast.walk(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return frozenset(name.rstrip(".") for text in texts for name in re.findall(r"^wzrd\.[\w.-]+", text))


def _is_there(dotted: str) -> bool:
    """True if it is a module, a member of one (whatever is bound in it), a table or an event."""
    if any(name.startswith(dotted) or dotted.startswith(f"{name}.") for name in _event_names()):
        return True
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:count])
        file = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        if base.is_dir() or file.is_file():
            members = set(re.findall(r"\w+", file.read_text())) if file.is_file() else set[str]()
            is_table = count <= 2 and ".".join(parts[:2]) in _tables()
            return members.issuperset(parts[count:]) or is_table
    return False


def missing_in(text: str) -> list[str]:
    """Names in the text of places in this repository that are not there."""
    paths = [found.rstrip(".-") for found in PATH.findall(text)]
    modules = [found for found in DOTTED.findall(text) if not found.endswith((".py", ".md"))]
    return [
        *(path for path in paths if not (ROOT / path).exists()),
        *(name for name in FILE.findall(text) if name not in _file_names()),
        *(module for module in modules if not _is_there(module)),
    ]
