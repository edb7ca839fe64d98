"""Props of a script: things in capitals, things that recur, and where a sentence shows one. Pure.

Things in capitals are understood in any language; what recurs is known by English nouns alone.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, cast

from wzrd.contracts.breakdown import Act
from wzrd.language import lexicon
from wzrd.language.acts import BODY, NO_PROPS, ActWord, acts_in, alternatives, is_verb
from wzrd.language.mentions import sentences_of
from wzrd.language.person_words import (
    ADJECTIVES,
    CASES,
    DETERMINERS,
    LIKELY,
    NOUNS,
    STOPWORDS,
    is_given_name,
    is_person_noun,
)
from wzrd.language.scene_people import SIGN

_DATA: Mapping[str, Any] = json.loads(
    files("wzrd.language").joinpath("data", "things.json").read_text(encoding="utf-8")
)
_ARTICLED = frozenset({"en", "de", "fr", "es", "it", "pt"})
MAX_PROPS, MAX_SHOWN = 200, 4
_NO_OBJECT: frozenset[Act] = frozenset({
    "speak", "walk", "run", "enter", "leave", "climb", "crawl", "ride", "drive", "swim", "listen", "stand", "wave",
    "appear", "vanish", "jump",
})  # fmt: skip
"""Acts whose object is a place, a word or nothing: of all others it is a thing."""
_AHEAD = 48  # characters behind a verb in which its object begins
_DETERMINERS: Mapping[str, str] = _DATA["objects"]["determiners"]
_SMALL_WORDS: str = _DATA["objects"]["small"]
_OBJECT_OF: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        rf"(?<!\w){_DETERMINERS['en']} ((?:[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*[ ]?){{1,4}}?)"
        r"(?=\s*(?:$|[^\w\s'\u2019-]|(?:of|in|into|on|onto|at|to|from|with|over|off|out|up|down|under|by|for|and|as|that|"
        r"which|who|across|through|around|against|behind|away|back|before|after|then|but|while|between|toward|towards|"
        r"open|shut|so|is|are|\w+ly|\w+ing)\b))",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"(?<![\w.])([A-Z\u00c4\u00d6\u00dc][a-z\u00e4\u00f6\u00fc\u00df]{2,}|[A-Z\u00c4\u00d6\u00dc]{4,})(?!\w)"
    ),
    "pl": re.compile(
        r"(?<!\w)([^\W\d_]{4,})(?=\s*(?:$|[^\w\s]|(?:i|z|ze|do|na|w|od|za|po|pod|nad|przez|ku|a|oraz|dla|u)\b))"
    ),
    "ja": re.compile("([\u4e00-\u9fff\u3005\u30a1-\u30f6\u30fc]{1,6})[\u3092]"),
    "zh": re.compile(r"(?!)"),
} | {
    language: re.compile(
        rf"(?<!\w){_DETERMINERS[language]}\s?(?:{_SMALL_WORDS} )*([^\W\d_]{{3,}})(?!\w)", re.IGNORECASE
    )
    for language in ("fr", "es", "it", "pt")
}
"""The noun that a verb's object is, by how each language tells one."""
_ELSEWHERE: Mapping[str, re.Pattern[str]] = {
    language: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    for language, words in cast("Mapping[str, str]", _DATA["objects"]["elsewhere"]).items()
}
"""Words behind which stands where something is done, and no object."""
_BARE_PLURAL = re.compile(
    r" (?:[a-z]+ )??([a-z]{3,}[a-rt-z]s)(?=$|[.,;:]| (?:in|into|on|onto|at|to|from|with|and|off|out|over|one)\b)"
)
RECURS = 3
"""Number of sentences from which on a thing recurs."""
_LETTER = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff\u0105\u0107\u0119\u0142\u0144\u015b\u017a\u017c]"
_CAPITALS = re.compile(
    rf"(?<![\w'\u2019.-]){_LETTER}{{3,}}(?:['\u2019]{_LETTER})?"
    rf"(?:[ -](?:DE |DU |OF )?{_LETTER}{{3,}}){{0,2}}(?![\w'\u2019])"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
_SMALL = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u017e]")
_QUOTES = frozenset('"\u201c\u00ab\u201e\u00a1')
_INTRODUCED = re.compile(r"\s*[(\uff08]\s*\d|\s*,\s*\d|\s*,\s*(?:an?|the|his|her|ein|eine|un|une|una)\s|\s*:")
_PERSON_AFTER = re.compile(
    r"\s*[(\uff08]\s*(?:\w+ )?\d|\s*,\s*(?:\w+ ){0,2}\d|"
    r"\s*,\s*(?:ein|eine|une?|una?|uno|um|uma|an?|his|her|son|sa|su)\s"
)
_BODY = frozenset({
    "hand", "eye", "eyes", "fist", "finger", "fingers", "tooth", "skull", "tear", "foot", "window", "door",
    "match", "spring", "can", "record", "light", "gas",
})  # fmt: skip
_THINGS_DO: frozenset[Act] = frozenset({
    "move", "burn", "explode", "appear", "vanish", "fall", "other", "break", "open", "close", "die", "use", "play",
    "strike", "stand", "lie", "hide", "climb", "lean", "show", "enter", "leave", "run", "scream",
})  # fmt: skip
"""Acts that a thing may be said to do."""
_NEAR = 24  # characters between a name and what it does
_CLAUSE_ENDS = re.compile(r"[.;:!?\u2013\u2014\u3002]|, (?=\w+ )|(?: and| und| et| y| e| i) (?=\w+s? )")
_STEM = 4
"""Letters that two forms of one word share at least."""


_BARRED = (
    lexicon.LARGE | lexicon.MASS | lexicon.PLACE_WORDS | lexicon.PEOPLE | lexicon.PREPOSITIONS
    | lexicon.PRONOUNS | frozenset(f"{BODY['en']} him her them himself herself what person person's".split())
)  # fmt: skip
"""English nouns that are no thing in a hand."""
_PLAIN = lexicon.DETERMINERS | ADJECTIVES.keys() | {"other", "same", "own", "last", "next", "big", "small", "single"}
_NO_STEMS = frozenset(word[: len(word) - cut] for word in NO_PROPS for cut in (0, 1) if len(word) - cut > 3)


class PropFinder:
    """Finds the props of a film in its sentences. `key` are the ids of those that matter: in capitals, or recurring."""

    def __init__(self, prose: Sequence[str], people: Iterable[str], language: str = "en") -> None:
        self._people = {word for name in people for word in name.casefold().split()}
        self._english = language == "en"
        self._language = language
        self._words: dict[str, str] = {}
        elsewhere = str(_DATA["objects"]["elsewhere"].get(language, "")).split("|")
        self._barred = _BODY | STOPWORDS.get(language, frozenset())
        self._barred |= {word.casefold() for word in (*BODY.get(language, "").split(), *elsewhere)}
        counts: Counter[str] = Counter()
        shouted: dict[str, str] = {}
        for text in prose:
            counts.update({_singular(word) for word in _words(text) if self._is_thing(word)})
            counts.update({key.casefold() for sentence in sentences_of(text) for key in self._known(sentence)})
            if _SMALL.search(text):
                for found in _CAPITALS.finditer(text):
                    if self._is_prop(found.group(), text[: found.start()], text[found.end() :]):
                        shouted.setdefault(_head(found.group()), found.group().casefold())
        self._shouted = {self._canonical(word): name for word, name in shouted.items()}
        handled = Counter(
            word
            for text in prose
            for sentence in sentences_of(text)
            for word in set(self._handled(sentence, acts_in(sentence, language)))
        )
        counts.update(
            word for text in prose for sentence in sentences_of(text) for word in set(self._named(sentence, language))
        )
        again = {word for word, count in counts.items() if count >= RECURS and word not in _BODY | NO_PROPS}
        self._called = _compounds(prose) if self._english else {}
        self._things = frozenset(handled) | again
        again |= {word for word, count in handled.items() if count > 1}
        recurring = {word for word in again if word not in _BODY}
        self._recurring = frozenset(recurring)
        self.key = frozenset(map(str.upper, [*self._shouted, *recurring][:MAX_PROPS]))

    def _canonical(self, word: str) -> str:
        """The word that a thing's id is made of: the English noun of a known one."""
        pattern, table = _things(self._language)
        found = pattern.match(word) if pattern else None
        return table[found[1].casefold()] if found else word

    def _named(self, sentence: str, language: str) -> Iterator[str]:
        """The nouns of a sentence of a language whose articles, or capitals, mark them."""
        for found in _OBJECT_OF[language].finditer(sentence.strip()) if language in _ARTICLED else ():
            word = (_words(found[1]) or [""])[-1]
            if word and self._is_noun(word) and found.start():
                yield self._canonical(_singular(word) if self._english else word)

    def _handled(self, sentence: str, acts: Sequence[ActWord]) -> Iterator[str]:
        """The nouns that hands hold in a sentence, by its grammar: the object of a verb of handling."""
        pattern = _OBJECT_OF.get(self._language)
        if pattern is None:
            return
        elsewhere = _ELSEWHERE.get(self._language)
        for one in acts:
            if one.act in _NO_OBJECT:
                continue
            if self._language == "ja":
                stretch = sentence[max(0, one.start - 12) : one.start]
            else:
                stretch = _CLAUSE_ENDS.split(sentence[one.end :], maxsplit=1)[0][: 2 * _AHEAD]
            if self._english and (bare := _BARE_PLURAL.match(stretch)) and self._is_noun(bare[1]):
                yield _singular(bare[1])  # "peels potatoes"
                continue
            for found in pattern.finditer(stretch):
                if found.start() > _AHEAD or (elsewhere and elsewhere.search(stretch[: found.start()])):
                    break
                words = _words(found[1]) or [found[1]]
                if self._is_noun(words[-1]):
                    yield _singular(words[-1]) if self._english else words[-1]
                    break

    def _is_noun(self, word: str) -> bool:
        """True if a word that stands as an object is a thing: no person, no part of a body, no place."""
        if word in NO_PROPS or _singular(word) in NO_PROPS or word in self._people or word in NOUNS or word in CASES:
            return False
        if self._english:
            deed = is_verb(word) and word not in lexicon.OBJECTS  # "gives a tug"
            return not deed and word not in _BARRED and not word.endswith(("ly", "ing", "self", "ed", "wards"))
        stems = {word[: len(word) - cut] for cut in range(min(3, len(word) - 3))}
        return not stems & (_NO_STEMS | self._people) and word not in self._barred and not is_given_name(word)

    @property
    def names(self) -> dict[str, str]:
        """Id → name of each prop that matters."""
        return {key: self.name_of(key) for key in sorted(self.key)}

    def find(self, sentence: str, whole: str = "", acts: Sequence[ActWord] = ()) -> list[str]:
        """Ids of the things that a sentence shows, those that matter first. `acts`: the verbs of the `whole` of it."""
        here = [self._prop_of(word) for word in _words(sentence)]
        if self._english:  # a cigarette case is a case
            here = ["" if after and after != one else one for one, after in pairwise([*here, ""])]
        known = self._known(sentence)
        found = list(dict.fromkeys(filter(None, (*known, *self.objects(whole, acts), *here))))
        return sorted(found, key=lambda one: one not in self.key)[:MAX_SHOWN]

    def objects(self, sentence: str, acts: Sequence[ActWord]) -> list[str]:
        """Ids of the things that the verbs of a sentence are done to, in its order."""
        return [self._canonical(word).upper() for word in self._handled(sentence, acts)] if acts else []

    def name_of(self, key: str) -> str:
        """Name of a thing by its id: the script's word, and the English noun that it is drawn by."""
        noun = key.casefold()
        word = self._words.get(key) or self._shouted.get(noun) or self._called.get(noun, noun)
        return f"{word} ({noun})" if key in self._words and word != noun else word

    def _known(self, sentence: str) -> list[str]:
        """Ids of the things that the words of another language name: the English noun that is drawn, else the word."""
        pattern, table = _things(self._language)
        found: list[str] = []
        for one in () if pattern is None else pattern.finditer(sentence):
            key = table[one[1].casefold()].upper()
            ending = re.match(r"\w*", sentence[one.end() :])
            self._words.setdefault(key, f"{one[1]}{ending.group() if ending else ''}".casefold())
            found.append(key)
        return found

    def _prop_of(self, word: str) -> str:
        """The id of the thing that a word names; '' for none."""
        single = self._canonical(_singular(word))
        if self._english and single != word and word in lexicon.SINGULAR_VERBS:
            return ""  # "the bell rings"
        if single in self._shouted:
            return single.upper()
        if (word in self._things or single in self._things) and not self._is_named(word):
            return (word if word in self._things else single).upper()
        if not self._english and len(word) > _STEM:
            known = (name for name in self._shouted if _is_form(word, name))
            return next(known, "").upper()
        return single.upper() if self._is_thing(word) and single not in _BODY else ""

    def _is_named(self, word: str) -> bool:
        """True if the language's table of things has a word: it is found there."""
        pattern = _things(self._language)[0]
        return pattern is not None and pattern.match(word) is not None

    def _is_thing(self, word: str) -> bool:
        return self._english and _singular(word) in lexicon.OBJECTS and word not in self._people

    def _is_prop(self, name: str, before: str, after: str) -> bool:
        """True if words in capitals are a thing: nobody's name, no sound, no camera word, no title, no sign."""
        words = _words(name)
        if any(word in self._people or is_given_name(word) for word in words) or _INTRODUCED.match(after):
            return False
        if SIGN.search(before) or before[-1:] in _QUOTES or after[:1] == "!":
            return False
        head = _singular(words[-1])
        if head in lexicon.OBJECTS or head in lexicon.LARGE:
            return True
        barred = lexicon.CAPITALS_NOT | lexicon.PEOPLE | lexicon.PLACE_WORDS | lexicon.ACRONYMS | NOUNS.keys()
        heard = self._english and (is_verb(head) or head in lexicon.LIGHT_NOUNS)  # a CRACK of plaster, a SHADOW
        if heard or any(word in barred for word in words):
            return False
        lead = (_words(before[-24:]) or [""])[-1]
        if self._english:
            return lead in DETERMINERS or lead.endswith("'s") or lead in ADJECTIVES
        return bool(before.strip()) and before.rstrip()[-1:] not in ".!?\u2026"


def _compounds(prose: Sequence[str]) -> dict[str, str]:
    """Noun → the name that it mostly has with the word before it: hat → paper hat."""
    named: dict[str, Counter[str]] = {}
    for text in prose:
        for found in _OBJECT_OF["en"].finditer(text):
            *ahead, noun = _words(found[1]) or [""]
            named.setdefault(_singular(noun), Counter())[" ".join(ahead[-1:])] += 1
    best = {noun: count.most_common(1)[0] for noun, count in named.items()}
    return {
        noun: f"{word} {noun}"
        for noun, (word, count) in best.items()
        if word and count * 2 >= named[noun].total() and word not in _PLAIN
    }


def shouted_people(prose: Sequence[str], language: str = "en") -> list[str]:
    """Names in capitals that are somebody, in any language: brought in with an age or a trade, or seen to act."""
    found: dict[str, None] = {}
    later: dict[str, bool] = {}
    text = "\n".join(prose)
    for paragraph in prose:
        if not _SMALL.search(paragraph):
            continue
        for match in _CAPITALS.finditer(paragraph):
            name, after = match.group(), paragraph[match.end() :]
            words = _words(name)
            if name in found or any(word in lexicon.CAPITALS_NOT or word in lexicon.PLACE_WORDS for word in words):
                continue
            ahead = paragraph[max(0, match.start() - 60) : match.start()]
            quoted = ahead[-1:] in _QUOTES or SIGN.search(ahead) is not None
            if quoted or _is_thing_name(words, after, language):
                continue
            is_role = any(is_person_noun(word, language) or word in LIKELY for word in (words[0], words[-1]))
            brought_in = _PERSON_AFTER.match(after) is not None or is_role or _apposed_noun(ahead, language)
            if is_given_name(words[0]) or brought_in or _acts(name, ahead, after, language):
                found[name] = None
                continue
            if name not in later:
                later[name] = _acts_later(name, text, language)
            if later[name]:
                found[name] = None
    found |= (
        dict.fromkeys(_AGED_WIDE.findall(text)) if language in {"ja", "zh"} else dict.fromkeys(_named(prose, language))
    )
    return list(found)


def _is_thing_name(words: Sequence[str], after: str, language: str) -> bool:
    """True if a name in capitals ends in a thing: the BABY SHOES, and not ROSE (30)."""
    head = _singular(words[-1])
    is_known = language == "en" and head in (lexicon.OBJECTS | lexicon.LARGE | lexicon.LIGHT_NOUNS) - NOUNS.keys()
    return is_known and not is_given_name(words[0]) and _AGED.match(after) is None


_AGED = re.compile(r"\s*[(,]\s*(?:\w+ )?\d")
_AGED_WIDE = re.compile(
    "([\u4e00-\u9fff\u3005]{1,6}|[\u30a1-\u30f6\u30fc]{2,8})[(\uff08](?:\\d{1,3}|[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341]{1,3})"
    "[\u6b73\u624d\u4ee3\u3064]?[)\uff09]"
)
"""A name with an age behind it, in a script without capitals."""
_SMALL_WORD = re.compile(r"(?<!\w)[a-z\u00df-\u017e]{3,}(?!\w)")
_PROPER = re.compile(r"(?<![\w'\u2019-])([A-Z\u00c0-\u00de][a-z\u00df-\u017e]{2,})(?!\w)")


def _named(prose: Sequence[str], language: str) -> Iterator[str]:
    """Names in small letters that nobody speaks under: capitals within sentences, which act as people do."""
    inside: Counter[str] = Counter()
    acting: Counter[str] = Counter()
    text = "\n".join(prose)
    small = set(_SMALL_WORD.findall(text))
    for sentence in (one.strip() for paragraph in prose for one in sentences_of(paragraph)):
        acts = acts_in(sentence, language)
        for found in _PROPER.finditer(sentence):
            word = found[1].casefold()
            if word in lexicon.NAMES_NOT or word in NO_PROPS or word in lexicon.PLACE_WORDS or word in NOUNS:
                continue
            inside[found[1]] += found.start() > 0
            near = (one for one in acts if found.end() < one.start <= found.end() + _NEAR)
            acting[found[1]] += any(one.act not in _THINGS_DO for one in near)
    for word, count in acting.items():
        again = inside[word] and word.casefold() not in small and text.count(word) > 1
        if again and count >= (2 if language == "de" else 1) and not _is_led_by_article(word, text, language):
            yield word


def _is_led_by_article(word: str, text: str, language: str) -> bool:
    """True if a capital word takes articles, as German nouns do."""
    return (
        language == "de"
        and re.search(rf"\b(?:[Dd](?:er|ie|as|en|em|es)|[Ee]ine?[nmrs]?) (?:\w+ )?{word}\b", text) is not None
    )


def _apposed_noun(ahead: str, language: str) -> bool:
    """True if a noun for a person stands before a name, in its phrase: "un jeune homme inanim\u00e9, "."""
    found = re.search(r"(?:^|[\s(])(?:[^\W\d_]+['\u2019])?([^\W\d_]+) (?:[^\W\d_A-Z][\w'-]+ ?){0,2},? \Z", ahead)
    return found is not None and any(is_person_noun(word, language) for word in _words(found.group()))


def _acts(name: str, ahead: str, after: str, language: str) -> bool:
    """True if a name opens its sentence and does what only people do: LE BIJOUTIER, besicles, attend."""
    leads = re.search(r"(?:^|[.!?\u2026:]\s+|\n)(?:[^\W\d_]{1,3}['\u2019 ])?\Z", ahead) is not None
    rest = re.split(r"[.!?\u2026]", after, maxsplit=1)[0][:120]
    acts = acts_in(f"{name.capitalize()}{rest}", language) if leads else ()
    first = next((one for one in acts if one.start > 0), None)
    return first is not None and first.act not in _THINGS_DO


def _acts_later(name: str, text: str, language: str) -> bool:
    """True if a name opens two sentences in small letters, as a subject does; or one behind "the"."""
    led = re.search(rf"\b[Tt]he {re.escape(name.casefold())} ([a-z]+)", text)
    if led and led[1] in lexicon.SINGULAR_VERBS and _is_done_by_people(f"He {led[1]}", "en"):
        return True
    shown = " ".join(word.capitalize() for word in name.split())
    opened = re.findall(rf"(?:^|[.!?\u2026]\s+|\n){re.escape(shown)}(\s[a-z\u00df-\u017e]\w*)", text)
    return len(opened) > 1 and any(_is_done_by_people(f"{shown}{verb}", language) for verb in opened)


def _is_done_by_people(sentence: str, language: str) -> bool:
    """True if only people do what a sentence tells first; "goes" tells nothing."""
    return bool({one.act for one in acts_in(sentence, language)[:1]} - _THINGS_DO - {"walk"})


@cache
def _things(language: str) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    """A pattern of the language's words for things, and each word's English noun, or itself."""
    table = {
        word.replace("+", " ").casefold(): noun
        for noun, words in _DATA["known"].get(language, {}).items()
        for word in words.split()
    }
    table |= {word.casefold(): word.casefold() for word in _DATA["others"].get(language, "").split()}
    return (re.compile(alternatives(tuple(table), language), re.IGNORECASE) if table else None), table


def _is_form(word: str, name: str) -> bool:
    """True if two words may be forms of one: Brille, Brillen; klucze, kluczy."""
    shared = max(_STEM, min(len(word), len(name)) - 2)
    return word[:shared] == name[:shared] and abs(len(word) - len(name)) <= 3


def _words(text: str) -> list[str]:
    return [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text)]


def _head(name: str) -> str:
    return _singular(_words(name)[-1])


def _singular(word: str) -> str:
    word = word.removesuffix("'s")
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and word[:-1] in lexicon.OBJECTS:
        return word[:-1]
    return word
