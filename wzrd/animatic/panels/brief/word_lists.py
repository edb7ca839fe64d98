"""The word lists of the panels, read once: words.json says what words mean to a picture, sets.json what places hold."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from wzrd.animatic.panels.brief.animal_kinds import ANIMALS
from wzrd.language.beats.props import english_noun
from wzrd.language.words import lexicon

MAX_READ = 4_000


def _load(name: str) -> dict[str, Any]:
    return json.loads(files("wzrd.animatic.panels.brief").joinpath(name).read_text(encoding="utf-8"))


_RAW = _load("words.json")
SETS: Mapping[str, Any] = _load("sets.json")


def _reversed(table: Mapping[str, str]) -> dict[str, str]:
    """Word → meaning; the first list that has a word wins."""
    return {word: meaning for meaning, words in reversed(list(table.items())) for word in words.split()}


def _in_numbers(table: Mapping[str, str]) -> dict[str, str]:
    """The table with a regular plural of each word that has none."""
    return {_plural(word): meaning for word, meaning in table.items() if not word.endswith("s")} | dict(table)


def _plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("ch", "sh", "x")) else f"{word}s"


TIMES = _reversed(_RAW["times"])
WEATHER = _reversed(_RAW["weather"])
LIGHTS = _reversed(_RAW["lights"])
HELD = frozenset(_RAW["held"].split())
STANDING = frozenset(_RAW["standing"].split())
"""Things of a set, which no hand holds."""
THINGS = _in_numbers({kind: kind for kind in _RAW["things"]} | _reversed(_RAW["things"]))
HATS = _reversed(_RAW["hats"])
PROPS: Mapping[str, str] = {word: part for words, part in _RAW["props"].items() for word in words.split()}
PLURALS: Mapping[str, str] = dict(pair.split(":") for pair in _RAW["plurals"].split())
UNIFORMS: Mapping[str, tuple[int, int, int]] = {
    word: (red, green, blue) for words, (red, green, blue) in _RAW["uniforms"].items() for word in words.split()
}
GROUPS: Mapping[str, int] = {word: int(count) for count, group in _RAW["groups"].items() for word in group.split()}
MANY: Mapping[str, int] = {word: int(count) for count, group in _RAW["many"].items() for word in group.split()}
NOT_THE_PERSON, LIKENESSES, NEEDS_ARTICLE, TELLING, BODIES = (
    frozenset(_RAW[key].split()) for key in ("not_the_person", "likenesses", "needs_article", "telling", "bodies")
)
ROBOTS, CHILDREN = (frozenset(_RAW[key].split()) for key in ("robots", "children"))
ROLES = frozenset(_RAW["roles"].split()) | (lexicon.PEOPLE - ANIMALS - GROUPS.keys()) | ROBOTS | CHILDREN - {"little"}


_SIMILE = re.compile(
    r"(?P<before>[\w'\u2019]*)(?P<comma>[ ,]+|^)(?:(?P<like>like)|as [\w-]+ as|more [\w-]+ than|[\w-]+er than|"
    r"resembl(?:es|ing)|reminiscent of|the (?:size|shape|sound|noise|smell|look) of)"
    r"(?: (?:an?|the|some|one|two|three|his|her|their|any|another|it|he|she|they)(?!\w))? "
    r"(?:(?!(?:and|as|while|when|who|that|which|then|but|at|on|into|onto|to|toward|towards|from|with|over|under|behind|"
    r"beside|across|through|by|near|around|inside|outside|before|after|"
    r"is|are|was|were|has|have|had|does|do|did|will|can)\b)[\w'\u2019-]+ ?)+",
    re.IGNORECASE,
)
_AS_IF = re.compile(r"\bas (?:if|though)\b(?:(?! and\b)[^.,;:!?\u2014])*", re.IGNORECASE)
_BESIDE = re.compile(r" (?:with|from|in|for|on|at|under) |, (?!an? )", re.IGNORECASE)
_LIKES = frozenset({"i", "you", "we", "they", "would", "to", "who", "people", "kids", "not", "don't", "just"})


def without_similes(text: str) -> str:
    """The text without what something is only compared with: "she fights like a wounded bear" has no bear."""
    return _SIMILE.sub(
        lambda found: found[0] if found["like"] and found["before"].casefold() in _LIKES else f"{found['before']} ",
        _AS_IF.sub(" ", text),
    )


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order; a very long text is read at its head only."""
    return re.findall(r"[a-z]+(?:-[a-z]+)*", text[:MAX_READ].casefold().replace("\u2019", "'"))


def named_words(thing: str) -> list[str]:
    """The words of a thing's name down to what it is: "red coffee can with taped lid" is a can.

    The English noun stands in brackets behind another language's words.
    """
    bare = thing.partition(" (")[2] or thing
    return words_of(_BESIDE.split(bare, maxsplit=1)[0]) or words_of(bare)


def meanings(table: Mapping[str, str], text: str) -> list[str]:
    """Meanings that this table gives for the words of a text, in order, each once."""
    return list(dict.fromkeys(table[word] for word in words_of(text) if word in table))


def kind_of(word: str) -> str:
    """The kind of thing that a word names, by its last part if it has several; '' for none: "snow-globe" is a globe."""
    return THINGS.get(word) or THINGS.get(word.rpartition("-")[2], "")


def noun_of(thing: str) -> str:
    """The noun that a thing is known by: its own last word, else the English one for it; a Dutch boot is a boat."""
    word = "".join(named_words(thing)[-1:])
    word = word if word in THINGS else word.rpartition("-")[2]
    return word if word in THINGS or word in PROPS or word in STANDING else english_noun(thing) or word


def is_drawn(thing: str) -> bool:
    """True if the pencil knows how a thing looks, by the noun that names it."""
    return any(kind_of(word) for word in named_words(thing)[-1:])
