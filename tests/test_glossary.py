"""One word, one meaning: a class name stands once, and docs/glossary.md says where each word lives."""

import ast
import re
from collections import defaultdict

import pytest

from tests.named_places import CODE, ROOT, sources, statements

GLOSSARY = ROOT / "docs" / "glossary.md"
WORD_IN_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])")


def classes() -> dict[str, list[str]]:
    """The files in which each class of the code is defined, by its name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sources():
        name = path.relative_to(ROOT)
        if name.parts[0] in CODE:
            for node in statements(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(str(name))
    return found


def test_a_class_name_stands_once() -> None:
    """Two classes of one name are two things under one word: a reader cannot tell which is meant."""
    found = classes()
    assert len(found) > 800
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def glossary() -> list[tuple[str, str, str]]:
    """Word, meaning and place of each row."""
    rows = re.findall(r"^\| ([\w -]+) \| (.+) \| `([\w./]+)` \|$", GLOSSARY.read_text(), re.MULTILINE)
    return [(word, meaning, place) for word, meaning, place in rows if word != "word"]


def named_in(place: str) -> set[str]:
    """The words of a file, its name's included, in lower case and without a plural's s; of a table, its SQL's."""
    if place.startswith("wzrd."):
        texts = [path.read_text() for path in ROOT.glob("wzrd/db/migrations/*.sql")]
        assert any(f"create table {place} (" in text for text in texts), f"no migration makes the table {place}"
    else:
        texts = [(ROOT / place).read_text(), place]
    return {word.rstrip("s") for text in texts for word in re.findall(r"[a-z]+", WORD_IN_NAME.sub(" ", text).lower())}


def test_the_glossary_is_alphabetical() -> None:
    """Each word has one row, and is found where one looks for it."""
    words = [word for word, _, _ in glossary()]
    rows = [line for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")]
    assert len(words) == len(rows) - 1, "a row is not `| word | meaning | place |`"
    assert words == sorted(set(words))
    assert len(words) >= 50


@pytest.mark.parametrize(("word", "place"), [(word, place) for word, _, place in glossary()])
def test_a_word_is_used_where_it_lives(word: str, place: str) -> None:
    """The file or the table that a row names is there and uses the word."""
    assert {part.rstrip("s") for part in re.split(r"[ -]", word)} <= named_in(place)


@pytest.mark.parametrize(("word", "meaning"), [(word, meaning) for word, meaning, _ in glossary()])
def test_a_meaning_is_short(word: str, meaning: str) -> None:
    """One or two short sentences, each of at most 25 words."""
    sentences = re.split(r"(?<=\.) ", meaning)
    assert len(sentences) <= 2, word
    assert max(len(sentence.split()) for sentence in sentences) <= 25, word
    assert meaning.endswith(".")


def test_the_documents_use_the_words() -> None:
    """A word that no other document has is none that a reader needs explained."""
    pages = [path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if path != GLOSSARY]
    text = " ".join(page.read_text().lower() for page in pages)
    assert [word for word, _, _ in glossary() if not re.search(rf"\b{word}", text)] == []
