"""Rules for docstrings, as far as ruff has none: their first lines, and where a constant's stands."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache

from tests.named_places import ROOT, sources, statements

MOST_WORDS = 20
MEMBER = re.compile(r"`([a-z_]+)\.[a-z_]+`")
POOR = re.compile(r"(?:What|Whether|How|The same)\b")


def long_first_line(tree: ast.Module) -> Iterator[str]:
    """The first line of the module's docstring, if it has more than twenty words."""
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    if len(first.split()) > MOST_WORDS:
        yield first


def _text(node: ast.stmt) -> str | None:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def stray_texts(tree: ast.Module) -> Iterator[str]:
    """Bare texts in a module or class that neither open it nor follow an assignment on the very next line."""
    for node in (tree, *statements(tree)):
        if isinstance(node, ast.Module | ast.ClassDef):
            for before, here in zip(node.body, node.body[1:], strict=False):
                said = _text(here)
                follows = isinstance(before, ast.Assign | ast.AnnAssign) and before.end_lineno == here.lineno - 1
                if said is not None and not follows:
                    yield said


def poor_first_word(tree: ast.Module) -> Iterator[str]:
    """The first lines of docstrings and attributes' texts that begin with What, Whether, How or The same."""
    for node in statements(tree):
        said = (_text(node) or "").strip() if isinstance(node, ast.stmt) else ""
        if POOR.match(said):
            yield said.partition("\n")[0]


def unknown_names(tree: ast.Module) -> Iterator[str]:
    """`name.field` in a function's docstring where no module, and nothing in the file's code, has such a name."""
    told = [
        (node.name, name)
        for node in statements(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in MEMBER.findall(ast.get_docstring(node) or "")
    ]
    if told:  # in few files
        words = {path.stem for path in sources()} | {word for node in ast.walk(tree) for word in _words(node)}
        yield from (f"{function}: {name}" for function, name in told if name not in words)


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


@cache
def findings() -> dict[str, dict[str, list[str]]]:
    """Findings of each check in each file of ours; a file is parsed once for all of them."""
    checks: list[Callable[[ast.Module], Iterator[str]]] = [
        long_first_line,
        stray_texts,
        poor_first_word,
        unknown_names,
    ]
    found = defaultdict[str, dict[str, list[str]]](dict)
    for path in sources():
        tree = ast.parse(path.read_text())
        for check in checks:
            if here := list(check(tree)):
                found[check.__name__][str(path.relative_to(ROOT))] = here
    return found


def test_a_modules_first_line_is_short() -> None:
    """Nobody reads more than twenty words to learn what a file is for."""
    assert findings()["long_first_line"] == {}
    assert list(long_first_line(ast.parse(f'"""{"word " * 21}"""')))


def test_a_constants_docstring_stands_after_it() -> None:
    """Tools, and readers of the next constant, take a bare text as said of what stands above it."""
    assert findings()["stray_texts"] == {}


def test_a_stray_text_is_seen() -> None:
    """One that stands before its constant, or after a blank line, in a module or a class."""
    of_module = '"""M."""\n\nA = 1\n\n"""Of B."""\nB = 2\n"""Of B, too."""\n'
    assert list(stray_texts(ast.parse(of_module))) == ["Of B."]
    of_class = 'class C:\n    """C."""\n\n    """Of A."""\n    A = 1\n'
    assert list(stray_texts(ast.parse(of_class))) == ["Of A."]


def test_a_docstring_has_a_subject() -> None:
    """Its first line says alone what a thing does or is: in a tooltip nobody sees what What or The same refers to."""
    assert findings()["poor_first_word"] == {}


def test_a_poor_first_word_is_seen() -> None:
    """Of a module, a constant, a class, a field, a function; a longer word that begins alike is none."""
    of_module = '"""How A is made.\n\nSlowly."""\nA = 1\n"""What B takes."""\n'
    of_class = 'class C:\n    """The same."""\n    a: int\n    """Whether it is."""\n'
    of_function = 'async def f(self):\n    """ What it does."""\n    self.a = 1\n    """How many."""\n'
    found = ["How A is made.", "What B takes.", "The same.", "Whether it is.", "What it does.", "How many."]
    assert sorted(poor_first_word(ast.parse(of_module + of_class + of_function))) == sorted(found)
    assert not list(poor_first_word(ast.parse('"""However, fine."""\nA = "What"\n"""Whatever it is."""\n')))


def test_a_docstring_names_what_is_there() -> None:
    """A parameter that was renamed has its new name in the docstring too."""
    assert findings()["unknown_names"] == {}
    renamed = 'def f(request):\n    """Exactly `assignment.count`."""\n'
    assert list(unknown_names(ast.parse(renamed))) == ["f: assignment"]
