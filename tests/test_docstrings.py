"""How docstrings are written, as far as ruff does not say it: their first lines, and where a constant's stands."""

import ast
import re
from collections.abc import Iterator

from tests.named_places import ROOT, sources

MOST_WORDS = 20


def long_first_line(source: str) -> str | None:
    """The first line of the module's docstring, if it has more than twenty words."""
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return first if len(first.split()) > MOST_WORDS else None


def _text(node: ast.stmt) -> str | None:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def stray_texts(source: str) -> Iterator[str]:
    """Bare texts in a module or class that neither open it nor follow an assignment on the very next line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef):
            for before, here in zip(node.body, node.body[1:], strict=False):
                said = _text(here)
                follows = isinstance(before, ast.Assign | ast.AnnAssign) and before.end_lineno == here.lineno - 1
                if said is not None and not follows:
                    yield said


def test_a_modules_first_line_is_short() -> None:
    """Nobody reads more than twenty words to learn what a file is for."""
    found = {str(path.relative_to(ROOT)): long_first_line(path.read_text()) for path in sources()}
    assert {path: line for path, line in found.items() if line} == {}
    assert long_first_line(f'"""{"word " * 21}"""')


def test_a_constants_docstring_stands_after_it() -> None:
    """Tools, and readers of the next constant, take a bare text as said of what stands above it."""
    found = {str(path.relative_to(ROOT)): list(stray_texts(path.read_text())) for path in sources()}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_a_stray_text_is_seen() -> None:
    """One that stands before its constant, or after a blank line, in a module or a class."""
    assert list(stray_texts('"""M."""\n\nA = 1\n\n"""Of B."""\nB = 2\n"""Of B, too."""\n')) == ["Of B."]
    assert list(stray_texts('class C:\n    """C."""\n\n    """Of A."""\n    A = 1\n')) == ["Of A."]


def unknown_names(source: str) -> Iterator[str]:
    """`name.field` in a function's docstring where no module, and nothing in the file's code, has such a name."""
    tree = ast.parse(source)
    words = {word for node in ast.walk(tree) for word in _words(node)} | {path.stem for path in sources()}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in re.findall(r"`([a-z_]+)\.[a-z_]+`", ast.get_docstring(node) or ""):
                if name not in words:
                    yield f"{node.name}: {name}"


def _words(node: ast.AST) -> Iterator[str]:
    """The names, and the words of texts that are no docstring, in one node."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.alias(name=name):
            yield name.rpartition(".")[2]
        case ast.Constant(value=str(text)) if "`" not in text:
            yield from re.findall(r"[a-z_]+", text)
        case _:
            pass


def test_a_docstring_names_what_is_there() -> None:
    """A parameter that was renamed has its new name in the docstring too."""
    found = {str(path.relative_to(ROOT)): list(unknown_names(path.read_text())) for path in sources()}
    assert {path: names for path, names in found.items() if names} == {}
    assert list(unknown_names('def f(request):\n    """Exactly `assignment.count`."""\n')) == ["f: assignment"]
