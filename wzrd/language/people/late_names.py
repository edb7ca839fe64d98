"""Names that a film tells late: a BOY whom somebody calls Tobias, a rider whose name is Caleb. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line
from wzrd.language.people.mentions import Mentions
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import LIKELY, NOUNS, Gender, gender_of_name, is_given_name

Page = Sequence[str | Line]
_CJK = "\u2e80"
_NAME = r"([A-Z\u00c0-\u00de][a-z\u00df-\u017e]+)"
_RE = lexicon.patterns("late_names")
_ASKED = re.compile(r"name|hei\u00df|appel|llam|chiam|cham|nazyw|imi\u0119|heet|heter|\bnom\b", re.IGNORECASE)
_CALLS = re.compile(rf"{_NAME}[,.!?](?:\s|\Z)|[^.!?]*, {_NAME}[.!?]+\Z", re.DOTALL)
_NEXT = 2
"""Parts of a page behind a line in which whoever is called acts."""


def late_names(pages: Sequence[Page], keys: Sequence[str], genders: Mapping[str, Gender]) -> Iterator[list[str]]:
    """Names of one person each: what a nameless one is called first, and the name that is told later."""
    order = [voice_key(part.character) for page in pages for part in page if isinstance(part, Line)]
    known = {word for key in keys if " " in key for word in key.split()} | set(order)
    nameless = [key for key in keys if not any(map(is_given_name, key.split()))]
    prose = "\n".join(part for page in pages for part in page if isinstance(part, str))
    untold = {cue for cue in order if not re.search(rf"(?<!\w){re.escape(cue.upper())}(?!\w)", prose)}

    @cache
    def those(some: tuple[str, ...]) -> Mentions:
        return Mentions(some)  # few films need them

    yield from _own_of_family(keys, prose)
    for page in pages:
        for at, part in enumerate(page):
            if isinstance(part, str):
                if _RE["is_called"].search(part):
                    told = _told(part, page[:at], those(tuple(keys)), those(tuple(nameless)))
                    yield from (pair for pair in told if len({*map(genders.get, pair)} - {None, ""}) < 2)
            elif (cue := voice_key(part.character)) in nameless and (taken := _taken_name(part.text, cue, order)):
                yield [cue, taken]
            elif (found := _name_of_speaker(part)) and cue in nameless:
                name = found.casefold()
                asked = any(isinstance(one, Line) and _ASKED.search(one.text) for one in page[max(0, at - 2) : at])
                told = _acts(name, prose) if name not in order else asked and _takes_over(name, cue, order)
                yield from [[cue, name]] if is_given_name(name) and told else []
            elif found := _CALLS.match(part.text.strip()):
                name = (found[1] or found[2]).casefold()
                told = name in untold or (name not in known and is_given_name(name) and _acts(name, prose))
                roles = [key for key in nameless if key not in order] if name in untold else nameless  # "Dead, Eb?"
                able = _called(page, at, those(tuple(roles)), gender_of_name(name), genders) if told else ()
                yield from ([key, name] for key in able)


def _name_of_speaker(line: Line) -> str:
    """The name that somebody says to be theirs; empty where they say none."""
    found = _RE["says_name"].fullmatch(line.text.strip()) or _RE["names_self"].search(line.text)
    return found[1] if found else ""


def _own_of_family(keys: Sequence[str], prose: str) -> Iterator[list[str]]:
    """The given names of a family's people in a script without spaces: \u609f of \u6749\u5c71\u609f."""
    wide = [key for key in keys if key[:1] > _CJK]
    for pair in combinations(wide, 2):
        shared = next((at for at, (one, other) in enumerate(zip(*pair, strict=False)) if one != other), 0)
        for key in pair if shared and all(len(key) > shared for key in pair) else ():
            if re.search(rf"(?<![\u3005-\u9fff]){key[shared:]}[\u304c\u306f\u306e\u3092\u306b\u3001\u3002]", prose):
                yield [key, key[shared:]]


def _told(part: str, before: Page, mentions: Mentions, roles: Mentions) -> Iterator[list[str]]:
    """Whom a sentence of the page names: "The rider sleeps. His name is CALEB."."""
    for found in _RE["is_called"].finditer(part):
        named = next(iter(mentions.find(part[found.end() :][:40])), None)
        ahead = (part[: found.start()], *(one for one in reversed(before) if isinstance(one, str)))
        met = next((last for text in ahead if (last := [one.key for one in roles.find(text)][-1:])), list[str]())
        if before and isinstance(last := before[-1], Line) and not part[: found.start()].strip():
            met = [voice_key(last.character)]  # "To JADWIGA STASIAK.", behind a line of the HOUSEWIFE
        is_role = _ASKED.search(found.group()) or all(
            word in NOUNS or word in LIKELY or word in lexicon.PERSONS for word in " ".join(met).split()
        )
        if named and named.start < 2 and met and is_role and met[0] != named.key:
            yield [met[0], named.key]


def _taken_name(text: str, cue: str, order: Sequence[str]) -> str:
    """The name under which somebody speaks on who says it in so many words: "Captain? Gregor Thule."."""
    if is_given_name(cue.split(maxsplit=1)[0]) or cue.split(maxsplit=1)[0] not in NOUNS:
        return ""
    told = (found[1].casefold() for found in _RE["whole_name"].finditer(text))
    return next((name for name in told if name in order and _takes_over(name, cue, order)), "")


def _takes_over(name: str, cue: str, order: Sequence[str]) -> bool:
    """True if one cue falls silent before the other speaks."""
    return cue not in order[order.index(name) :]


def _called(page: Page, at: int, roles: Mentions, gender: Gender, genders: Mapping[str, Gender]) -> list[str]:
    """Who of the nameless acts next when somebody calls a name; the one of the scene, where nobody does."""
    line = page[at]
    speaker = voice_key(line.character) if isinstance(line, Line) else ""

    def able(parts: Page) -> list[str]:
        met = (one.key for part in parts if isinstance(part, str) for one in roles.find(part))
        return [key for key in dict.fromkeys(met) if key != speaker and genders.get(key, "") in {"", gender}]

    return able(page[at + 1 : at + 1 + _NEXT])[:1] or (only if len(only := able(page)) == 1 else [])


def _acts(name: str, prose: str) -> bool:
    """True if a sentence of the page begins with a name."""
    return re.search(rf"(?:^|[.!?\u2026]\s+){name.capitalize()} [a-z]", prose, re.MULTILINE) is not None
