"""Where people are named in a script's prose, sentence by sentence. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from wzrd.domain.names import words_of
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import ADJECTIVES, LIKELY, NOUNS, NUMBERS, RANKS, RELATIONS, TITLES, is_given_name

_END = re.compile(r"[.!?\u2026\u061f\u06d4]+[\"'\u201d)]*(?=\s|$)|[\u3002\uff01\uff1f\u0964\u0965]+|\n+")
_SHORT = re.compile(
    r"\b(?:mr|mrs|ms|mme|mlle|dr|st|sr|jr|sgt|lt|capt|col|gen|det|prof|rev|hon|insp|vs|no|(?<!['\u2019-])[^\W\d_])\Z",
    re.IGNORECASE,
)
_LAST = re.compile(r"(?<!\w)([A-Z][^\W\d_]+) \Z")
_CJK = "\u2e80"
_MORE_ARTICLES = frozenset(["dem", "des", "einen", "einem", "einer", "den", "del", "al", "au", "du", "het", "de"])
_NO_PART = lexicon.ARTICLES | _MORE_ARTICLES | {"les", "los", "las", "gli", "number", "n\u00famero", "numero", "nummer"}
"""Words that are no part of a name: the "Der" of DER \u00c4LTERE, the "Number" of NUMBER EIGHT."""
_ARTICLES = "|".join(sorted(lexicon.ARTICLES | _MORE_ARTICLES))
_LED = re.compile(rf"\b(?:(?:{_ARTICLES}) (?:[^\W\d_]+ )?|l['\u2019])\Z", re.IGNORECASE)
_LEAD = 30  # letters before a noun in which its article stands
_SOFTENED = (("g", "dz"), ("ch", "sz"), ("k", "c"), ("r", "rz"), ("t", "ci"), ("d", "dzi"))
"""Ends of Polish names' stems, and what they are before an e."""
_REMEMBERED = 10_000  # letters of a paragraph whose sentences are remembered
LONGEST_SENTENCE = 800
"""Letters of a sentence; what has no end is read in pieces."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a sentence. `capital`: in capitals, as when somebody is first seen; `inflected`: in another case.

    `genitive`: as an owner ("Annas Hut").
    """

    key: str
    start: int
    end: int
    capital: bool
    inflected: bool = False
    genitive: bool = False


@dataclass(frozen=True, slots=True)
class PersonMention:
    """Somebody in a sentence: an id, where the words stand; True for a pronoun that cannot be a subject, for an owner.

    `dative`: to or for whom something is done, so never a thing.
    """

    start: int
    end: int
    person: str
    is_object: bool = False
    owns: bool = False
    dative: bool = False
    pronoun: bool = False


def sentences_of(paragraph: str) -> list[str]:
    """The sentences of a paragraph as they stand, brackets too."""
    # a paragraph of megabytes is read, and not remembered for who comes after
    return list((_sentences if len(paragraph) <= _REMEMBERED else _sentences.__wrapped__)(paragraph))


@lru_cache(maxsize=8_192)
def _sentences(paragraph: str) -> tuple[str, ...]:
    found: list[str] = []
    start = 0
    for end in _END.finditer(paragraph):
        if end.group().rstrip(")") == "." and _SHORT.search(paragraph[max(start, end.start() - 5) : end.start()]):
            continue
        found.append(paragraph[start : end.end()])
        start = end.end()
    whole = (piece for sentence in (*found, paragraph[start:]) for piece in _bounded(sentence))
    return tuple(sentence for sentence in whole if sentence.strip())


def _bounded(sentence: str) -> Iterator[str]:
    """The sentence, or pieces of it that are short enough to be read at once, cut behind a word."""
    while len(sentence) > LONGEST_SENTENCE:
        cut = sentence.rfind(" ", LONGEST_SENTENCE // 2, LONGEST_SENTENCE) + 1 or LONGEST_SENTENCE
        yield sentence[:cut]
        sentence = sentence[cut:]
    yield sentence


class Mentions:
    """Finds people by their whole names, and by the parts of a name that nobody else bears."""

    def __init__(self, keys: Iterable[str], prose: Sequence[str] = (), language: str = "") -> None:
        """`language`: of the prose, where it is known: one in which names have cases."""
        self.keys = tuple(filter(None, keys))
        text = "\n".join(prose)
        self._forms = _forms(self.keys, {key for key in self.keys if _is_common(key, text, language)})
        self._forms |= _full_names(self.keys, self._forms, prose)
        if language == "de":  # DER GR\u00d6SSERE is der Gr\u00f6\u00dfere
            sharp = {form.replace("ss", "\u00df"): owner for form, owner in self._forms.items() if "ss" in form}
            self._forms |= {form: owner for form, owner in sharp.items() if form in text.lower()}
        self._owners = _genitives(self._forms) if language in {"de", "nl", "sv"} else frozenset[str]()
        self._forms |= {form: self._forms[form[:-1]] for form in self._owners}
        whole = [re.escape(form) for form in sorted(self._forms, key=len, reverse=True) if form < _CJK]
        wide = [re.escape(form) for form in sorted(self._forms, key=len, reverse=True) if form >= _CJK]
        parts = [rf"(?:(?<![\w'\u2019])|(?<=\b[ld]['\u2019]))(?:{'|'.join(whole)})(?!\w)"] if whole else []
        self._stems = _stems(self._forms) if language in {"pl", "ru"} else {}
        stems = "|".join(map(re.escape, sorted(self._stems, key=len, reverse=True)))
        parts += [rf"(?<!\w)(?:{stems})\w{{1,4}}(?!\w)"] if stems else []
        self._pattern = re.compile("|".join([*parts, *wide]) or r"(?!)")

    def find(self, sentence: str) -> Iterator[Mention]:
        """Everybody who is named in a sentence, in order."""
        folded = sentence.casefold().replace("\u2019", "'")
        if len(folded) != len(sentence):
            folded = sentence.lower().replace("\u2019", "'")[: len(sentence)]
        for found in self._pattern.finditer(folded):
            form, text = found.group(), sentence[found.start() : found.end()]
            if form not in self._forms:
                stem = next((stem for stem in self._stems if form.startswith(stem)), "")
                if stem and text[:1].isupper():
                    yield Mention(self._stems[stem], found.start(), found.end(), text.isupper(), inflected=True)
                continue
            key, any_case = self._forms[form]
            if form != key and _bears_other_name(sentence[max(0, found.start() - 80) : found.start()]):
                continue  # the Scott of "JASON Scott" is not Mr. Scott
            if any_case or not text.islower():
                yield Mention(key, found.start(), found.end(), text.isupper(), genitive=form in self._owners)


def _forms(keys: Sequence[str], common: AbstractSet[str]) -> dict[str, tuple[str, bool]]:
    """Forms that may stand for a person: form → key, and whether small letters will do (roles: `the old man`)."""
    forms = {key: (key, key in common or _is_role(key)) for key in keys}
    parts: dict[str, set[str]] = {}
    for key in keys:
        for part in name_parts(key):
            parts.setdefault(part, set()).add(key)
    for part, owners in parts.items():
        alone = [key for key in owners if own_words(key) == [part]]  # Loisel is M. LOISEL, not MATHILDE LOISEL
        if (len(owners) == 1 or len(alone) == 1) and part not in forms:
            forms[part] = (next(iter(alone or owners)), False)
    return forms


def _genitives(forms: Mapping[str, tuple[str, bool]]) -> frozenset[str]:
    """Names with the s of an owner: `annas`."""
    names = (form for form, (_, any_case) in forms.items() if form.isalpha() and not any_case)
    return frozenset(f"{form}s" for form in names if form[-1] not in "sxz\u00df" and f"{form}s" not in forms)


def _stems(forms: Mapping[str, tuple[str, bool]]) -> dict[str, str]:
    """Beginnings that the cases of a name share, each with its key, the longest first: `hank` for Hank\u0119, Hanki."""
    found = {
        re.sub(r"[aeoiy\u0430\u044f\u0439\u044c\u043e\u0435]\Z", "", form): key
        for form, (key, any_case) in forms.items()
        if form.isalpha() and not any_case and len(form) > 3
    }
    for end, bent in _SOFTENED:  # Jadwiga, Jadwidze
        found |= {stem[: -len(end)] + bent: key for stem, key in [*found.items()] if stem.endswith(end)}
    return {stem: found[stem] for stem in sorted(found, key=len, reverse=True) if len(stem) > 2}


def _bears_other_name(ahead: str) -> bool:
    before = _LAST.search(ahead)
    return before is not None and is_given_name(before.group(1).casefold())


def _is_common(key: str, prose: str, language: str) -> bool:
    """True if the prose uses a name as a noun: `the conductor`, `el ciego`; in any place where articles are unknown."""
    at = prose.find(key)
    while at >= 0:
        end = at + len(key)
        whole = not prose[at - 1 : at].isalnum() and not prose[end : end + 1].isalnum()
        if whole and (language in {"pl", "ru"} or _LED.search(prose[max(0, at - _LEAD) : at])):
            return True
        at = prose.find(key, end)
    return False


def _full_names(
    keys: Sequence[str], forms: Mapping[str, tuple[str, bool]], prose: Sequence[str]
) -> dict[str, tuple[str, bool]]:
    """Surnames that an introduction adds: after `ANGEL BATISTA (30s)` Batista is Angel."""
    found: dict[str, tuple[str, bool]] = {}
    simple = {key.upper(): key for key in keys if key.isalpha() and not _is_role(key)}
    if not simple:
        return found
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, simple))}) ([A-Z][\w'\u2019-]{{2,}})(?=,|\s*\()")
    for text in prose:
        for match in pattern.finditer(text):
            form = match.group(2).casefold()
            if form not in forms and form not in NOUNS:
                found.setdefault(form, (simple[match.group(1)], False))
    return found


def name_parts(key: str) -> list[str]:
    """The words of a name that may stand alone: no titles, ranks, numbers, roles."""
    if "'s" in key:
        return []
    words, own = key.split(), own_words(key)
    if _is_role(key):  # the Bev of GRAN BEV, and no part of THE OLD MAN
        common = NOUNS.keys() | LIKELY.keys() | ADJECTIVES.keys() | lexicon.PEOPLE | lexicon.PLACE_WORDS
        own = [word for word in own if word not in common] if len(words) == 2 else []
    own = [word for word in own if word not in _NO_PART | NUMBERS.keys()]
    own += [word for word in words if word in RELATIONS and len(words) == 2]  # GRANDPA LUDO is Grandpa
    return [word for word in own if len(word) > 2 and word.isalpha()] if len(words) > 1 and len(own) < 4 else []


def own_words(key: str) -> list[str]:
    """The words of a name without its titles and ranks."""
    words = [word.strip(".") for word in key.split()]
    return [word for word in words if word not in TITLES and word not in RANKS]


def _is_role(key: str) -> bool:
    words = words_of(key)
    trade = bool(words) and all(word in lexicon.PEOPLE or word in LIKELY for word in words)
    return trade or (any(word in NOUNS for word in words) and not any(word in TITLES for word in words[:-1]))
