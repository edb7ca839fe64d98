"""One word, one meaning: a class name stands once over the whole house."""

import ast
from collections import defaultdict

from tests.named_places import CODE, ROOT, sources


def classes() -> dict[str, list[str]]:
    """The files in which each class of the code is defined, by its name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sources():
        name = path.relative_to(ROOT)
        if name.parts[0] in CODE:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(str(name))
    return found


def test_a_class_name_stands_once() -> None:
    """Two classes of one name are two things under one word: a reader cannot tell which is meant."""
    found = classes()
    assert len(found) > 800
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
