"""Names that a script's introductions tell to be one person's: `ROSA "PLIERS" DELGADO`, MOM (Linda Henderson). Pure."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from wzrd.language.words import lexicon
from wzrd.language.words.person_words import (
    ADJECTIVES,
    ANY_TRADE,
    NOUNS,
    RANKS,
    RELATIONS,
    TITLES,
    base_form,
    is_given_name,
)

_RE = lexicon.patterns("aliases")
NO_NAMES = NOUNS.keys() | ADJECTIVES.keys() | TITLES.keys() | RANKS | lexicon.PERSONS
"""Words before a name that are none of it."""
OF = frozenset(["of", "de", "du", "von", "vom", "van", "di", "del", "della", "dello", "do", "da", "af", "av"])
"""Words between a relation and whose it is: MOTHER OF TOM."""


def told_names(prose: Sequence[str], together: Sequence[AbstractSet[str]], keys: Sequence[str] = ()) -> list[list[str]]:
    """Names of one person each, as introductions tell them: `ROSA "PLIERS" DELGADO`, `GHOST -- Benedict Amory, 45`.

    `together`: who speaks in each scene; of `POPS DELANEY (74)` the part that is a cue is that person, and so are both
    parts that never speak in one scene. `keys`: everybody.
    """
    text, cues = "\n".join(prose), set[str]().union(*together)
    told: list[list[str]] = []
    for found in (*_RE["nicknamed"].finditer(text), *_RE["known_as"].finditer(text)):
        first, nick, last = ((found[one] or "").casefold() for one in ("first", "nick", "last"))
        told.append([*filter(None, (first, nick, last)), *([f"{first} {last}"] if first and last else [])])
    for found in (*_RE["called"].finditer(text), *_RE["bracketed"].finditer(text)):
        cue, *words = (word.casefold() for word in found.groups() if word)
        told.append([cue, *dict.fromkeys([*words, " ".join(words)])])
    told += _titled_names(text)
    for found in _RE["also"].finditer(text):
        name, role = (word.casefold() for word in found.groups())
        told += [[name.split()[-1], name, role]] if role.split()[-1] in NOUNS and name.split()[-1] not in NOUNS else []
    for found in _RE["named"].finditer(text):
        role, name = (word.casefold() for word in found.groups() if word)
        noun = base_form(role.split()[-1], "sv")  # VAKTEN
        is_role = role.split()[-1] in NO_NAMES or (noun in ANY_TRADE and text[found.end() :][:1] in {",", "("})
        told += [[name, role]] if is_role and name not in NOUNS and name in keys else []
    for found in _RE["role_called"].finditer(text):
        role, name = (word.casefold() for word in found.groups())
        told.append([name.split()[0], name, role])
    for found in _RE["apposed"].finditer(text):
        role, name = found[1].casefold(), found[2].casefold()
        told += [[role, cue] for cue in cues if role in cues or name == cue or cue.split()[-1:] == name.split()[-1:]][
            :1
        ]
    told += _full_names(text, together)
    families: dict[str, set[str]] = {}
    for found in _RE["beside"].finditer(text):
        first, last = (word.casefold() for word in found.groups())
        if first in keys and last in keys and is_given_name(first) and last not in NOUNS:
            families.setdefault(last, set()).add(first)
    return told + [[*firsts, last] for last, firsts in families.items() if len(firsts) == 1]


def _full_names(text: str, together: Sequence[AbstractSet[str]]) -> Iterator[list[str]]:
    """Names of one person each: first and last name with an age, and which of them are a cue."""
    cues = set[str]().union(*together)
    told = [tuple(word.casefold() for word in found.groups("")) for found in _RE["full"].finditer(text)]
    firsts: dict[str, set[str]] = {}
    for _, first, last in told:
        firsts.setdefault(last, set()).add(first)
    for title, first, last in told:
        if first in OF and title in RELATIONS:
            continue  # the MOTHER OF TOM (45) is not TOM
        if ADJECTIVES.get(first) in {"child", "teen", "young"} or len(firsts[last]) > 1:
            continue  # M\u0141ODY SKAWI\u0143SKI is not the old one
        whole, parts = f"{first} {last}", {first, last} & cues
        if len(parts) > 1 and not is_given_name(first):
            parts.discard(first)  # PAN PRUS is no PAN where both speak
        titled = [f"{title} {whole}"] if title in TITLES or title in RANKS else []  # CAPTAIN ILSE VANCE, 52
        if parts == {first, last} and not any(parts <= scene for scene in together):
            yield [last, first, whole, *titled]  # VANCE here, SARAH there
            continue
        yield from ([part, whole, *titled] for part in parts if whole not in cues)


def _titled_names(text: str) -> Iterator[list[str]]:
    """Names of one person each: a title with a surname, and the given name in brackets behind it."""
    for found in _RE["titled"].finditer(text):
        titled, *words = (word.casefold() for word in found.groups() if word)
        first = titled.split()[0]
        if first in TITLES or first in RANKS or first in RELATIONS:
            yield [titled, *dict.fromkeys([*words, " ".join(words)])]
