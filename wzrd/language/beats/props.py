"""Props of a script: things in capitals, things that recur, and where a sentence shows one. Pure.

Things in capitals are understood in any language; what recurs is known by English nouns alone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import pairwise
from typing import cast

from wzrd.contracts.acts import Act
from wzrd.domain.names import id_of
from wzrd.language.people.mentions import sentences_of
from wzrd.language.people.scene_people import SIGN
from wzrd.language.words import lexicon
from wzrd.language.words.acts import BODY, NO_PROPS, PARTICLES, acts_in, alternatives
from wzrd.language.words.beginnings import Beginnings
from wzrd.language.words.english_acts import is_verb
from wzrd.language.words.person_words import (
    ADJECTIVES,
    DETERMINERS,
    NOUNS,
    STOPWORDS,
    base_form,
    is_given_name,
)
from wzrd.language.words.sentences import is_headline
from wzrd.language.words.verb_forms import ActWord

_DATA = lexicon.load("things.json")
UNSPACED, _COMPOUNDING = frozenset({"ja", "zh"}), frozenset({"de", "nl", "sv"})
_ARTICLED = frozenset({"en", "de", "fr", "es", "it", "nl", "pt", "sv"})
MAX_PROPS, MAX_SHOWN = 200, 4
_NO_OBJECT: frozenset[Act] = frozenset({
    "speak", "walk", "run", "enter", "leave", "climb", "crawl", "ride", "drive", "swim", "listen", "stand", "wave",
    "appear", "vanish", "jump",
})  # fmt: skip
"""Acts whose object is a place, a word or nothing: of all others it is a thing."""
_AGAINST, _ONTO = (str(_DATA["objects"][kind]) for kind in ("against", "onto"))
"""Words between a verb and what it is done to, and those with an article in them: "frappe \u00e0 la porte"."""
_NEAR = 120  # characters around capitals that tell what they are
_AHEAD = 48  # characters behind a verb in which its object begins
_DETERMINERS: Mapping[str, str] = _DATA["objects"]["determiners"]
_SUBJECTS: Mapping[str, str] = _DATA["objects"]["subjects"]
"""Small words that a verb stands behind, and no thing."""
_SMALL_WORDS: str = _DATA["objects"]["small"]
_IS_SMALL = re.compile(_SMALL_WORDS, re.IGNORECASE)
"""Words before a noun, which is none themselves: "les cinq"."""
_OBJECT_OF: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        rf"(?<!\w){_DETERMINERS['en']} ((?:[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*[ ]?){{1,4}}?)"
        r"(?<!['\u2019]s)(?<!['\u2019]s )"
        r"(?=\s*(?:$|[^\w\s'\u2019-]|--)|\s*(?<=\s)(?:of|in|into|on|onto|at|to|from|with|over|off|out|up|down|under|by|for|and|as|that|"
        r"which|who|across|through|around|against|behind|away|back|before|after|then|but|while|between|toward|towards|"
        r"again|twice|once|too|there|here|now|together|apart|round|first|instead|when|where|until|because|or|like|inside|"
        r"outside|next|near|beside|without|within|past|onto|along|about|among|himself|herself|"
        r"open|shut|so|is|are|straight|right|hard|high|low|deep|tight|flat|\w+ly|\w+ing)\b)",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"(?<![\w.])([A-Z\u00c4\u00d6\u00dc][a-z\u00e4\u00f6\u00fc\u00df]{2,}|[A-Z\u00c4\u00d6\u00dc]{4,})(?!\w)"
    ),
    "pl": re.compile(
        r"(?<!\w)([^\W\d_]{4,})(?<!\u0107)(?=\s*(?:$|[^\w\s])|\s+(?:i|z|ze|do|na|w|od|za|po|pod|nad|przez|ku|a|oraz|dla|u)\b)"
    ),
    "ru": re.compile(
        r"(?<!\w)([^\W\d_]{4,})(?<!\u0442\u044c)(?<!\u0441\u044f)(?=\s*(?:$|[^\w\s])|\s+(?:\u0438|\u0432|\u043d\u0430|\u0441|\u0441\u043e|\u043a|\u0438\u0437|\u043e\u0442|\u0437\u0430|\u043f\u043e|\u0443|\u0434\u043b\u044f|\u0430)\b)"
    ),
    "ja": re.compile(
        "([\u4e00-\u9fff\u3005\u30a1-\u30f6\u30fc]{1,6}|(?<=[\u3001\u3002])[\u3041-\u3093]{2,6}?)[\u3092]"
    ),
    "zh": re.compile(r"(?!)"),
    "sv": re.compile(
        rf"(?<!\w)(?:{_DETERMINERS['sv']}\s(?:{_SMALL_WORDS} )*|(?=\w{{3,}}(?:en|et|an|na)(?!\w)))"
        r"([^\W\d_]{3,})(?!\w)",
        re.IGNORECASE,
    ),  # "\u00f6ppnar ett paket", "\u00f6ppnar paketet"
} | {
    language: re.compile(
        rf"(?<!\w){_DETERMINERS[language]}(?:\s|(?<=['\u2019]))(?:{_SMALL_WORDS} )*"
        rf"(?!(?:{PARTICLES.get(language, '(?!)')})(?!\w))([^\W\d_]{{3,}})(?!\w)",
        re.IGNORECASE,
    )
    for language in ("fr", "es", "it", "nl", "pt")
}
"""The noun that a verb's object is, by how each language tells one."""
_ELSEWHERE: Mapping[str, re.Pattern[str]] = {
    language: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    for language, words in cast("Mapping[str, str]", _DATA["objects"]["elsewhere"]).items()
}
"""Words behind which stands where something is done, and no object."""
_LACKING: Mapping[str, re.Pattern[str]] = {
    language: re.compile(rf"(?<!\w)(?:{words})(?:\s+|(?<=['\u2019]))\w+", re.IGNORECASE)
    for language, words in cast("Mapping[str, str]", _DATA["objects"]["lacking"]).items()
}
"""Things that are told not to be there: "not a trumpet", "without a light"."""
_BARE_PLURAL = re.compile(
    r" (?:[a-z]+ )??([a-z]{3,}[a-rt-z]s)(?=$|[.,;:]| (?:in|into|on|onto|at|to|from|with|and|off|out|over|one)\b)"
)
RECURS = 3
"""Number of sentences from which on a thing recurs."""
LETTER = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff\u0105\u0107\u0119\u0142\u0144\u015b\u017a\u017c\u0430-\u045f]"
CAPITALS = re.compile(
    rf"(?:(?<![\w'\u2019.-])(?:O['\u2019])?|(?<=\b[dlDL]['\u2019])){LETTER}{{3,}}(?:['\u2019]{LETTER})?"
    rf"(?:[ -](?:{LETTER}\. )?(?:DE |DU |OF )?{LETTER}{{3,}}){{0,2}}(?![\w'\u2019])"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
SMALL = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u017e\u0430-\u045f]")
QUOTES = frozenset('"\u201c\u00ab\u201e\u00a1')
_INTRODUCED = re.compile(r"\s*[(\uff08]\s*\d|\s*,\s*\d|\s*,\s*(?:an?|the|his|her|ein|eine|un|une|una)\s|\s*:")
_JOINED = re.compile(r"([^\W\d_]+) (?:and|und|et|y|e|i) (?:[^\W\d_]{2,3} )?\Z")
"""Somebody before a name that is joined to theirs."""
_BODY = frozenset({
    "hand", "eye", "eyes", "fist", "finger", "fingers", "tooth", "skull", "tear", "foot", "window", "door",
    "match", "spring", "can", "record", "light", "gas",
})  # fmt: skip
_CLAUSE_ENDS = re.compile(r"[.;:!?\u2013\u2014\u3002]|, (?=\w+ )|(?: and| und| et| y| e| i) (?=\w+s? )")
_ENDINGS: Mapping[str, str] = lexicon.load("endings.json")["things"]
"""Endings of a thing's word in its language, so that a palacio is no pala."""
_DIMINUTIVES: Mapping[str, str] = lexicon.load("endings.json")["diminutives"]
"""Beginnings of the endings by which a language makes a thing small."""
_BENT: Mapping[str, Sequence[tuple[str, str]]] = lexicon.load("endings.json")["bent"]
_HAN = re.compile("[\u4e00-\u9fff]")
_COMPOUND = re.compile("(?:\u306e\u6bdb)?[\u4e00-\u9fff\u30a1-\u30f6\u30fc]*")
_STEM = 4
"""Letters that two forms of one word share at least."""
_HOW_IT_IS = lexicon.AUX | lexicon.CONJUNCTIONS | frozenset(str(_DATA["objects"]["behind"]).split())
"""Words behind a noun that belong to the verb: "pulls the curtain aside", "the ship has"."""
_CLAUSE_WORDS = lexicon.PRONOUNS | {"so", "too", "very", "that", "who", "which"}
"""Words of an object's phrase behind which another clause begins: "every pocket he owns", "hugs her so hard"."""
_PLAIN = (
    lexicon.DETERMINERS
    | ADJECTIVES.keys()
    | {"other", "same", "own", "last", "next", "big", "small", "single", "another", "twice", "wide"}
)
_BARRED = (
    lexicon.ABSTRACT | lexicon.LARGE | lexicon.MASS | lexicon.PLACE_WORDS | lexicon.PERSONS | lexicon.PREPOSITIONS
    | lexicon.PRONOUNS | _PLAIN | frozenset(f"{BODY['en']} him her them himself herself what person person's".split())
)  # fmt: skip
"""English nouns that are no thing in a hand."""
_SET = frozenset([
    "held", "tied", "worn", "torn", "bound", "hung", "hidden", "stuck", "full", "made", "left", "low", "high",
    "aloft", "lit", "sewn", "drawn", "set",
])  # fmt: skip
"""Words behind a noun that say how it is: "a pistol held low"."""
_PRONOUNS: Sequence[str] = str(lexicon.load("antecedents.json")["other"]).split()
"""Words of several languages that stand for somebody or something named before."""
_LEADS = frozenset({"a", "an", "the", "his", "her", "their", "its", "my", "your", "our"})
_NO_STEMS = frozenset(word[: len(word) - cut] for word in NO_PROPS for cut in (0, 1) if len(word) - cut > 3)


class PropFinder:
    """Finds the props of a film in its sentences. `key` are the ids of those that matter: in capitals, or recurring."""

    def __init__(self, prose: Sequence[str], people: Iterable[str], language: str = "en") -> None:
        self._people = {word for name in people for word in name.casefold().replace(".", " ").split()}
        if language in {"pl", "ru"}:  # Hank\u0119 is Hanka
            self._people |= {word[:-1] for word in self._people if len(word) > _STEM}
        self._english = language == "en"
        self._language = language
        self._words: dict[str, str] = {}
        led = _DETERMINERS.get(language, "(?!)")
        self._led = re.compile(
            rf"\s+(?:(?:sich|zich|se|si)\s+)?(?:it\b|(?:{_ONTO})\b|(?:(?:{_AGAINST})\s+)?{led}(?:\s|(?<=['\u2019])))",
            re.IGNORECASE,
        )
        self._leads = re.compile(rf"(?<!\w){led}\s+\Z", re.IGNORECASE)
        elsewhere = str(_DATA["objects"]["elsewhere"].get(language, "")).split("|")
        self._barred = _BODY | STOPWORDS.get(language, frozenset())
        self._barred |= {word.casefold() for word in (*BODY.get(language, "").split(), *elsewhere, *_PRONOUNS)}
        counts: Counter[str] = Counter()
        shouted: dict[str, str] = {}
        for text in prose:
            counts.update({singular(word) for word in folded_words(text) if self._is_thing(word)})
            counts.update({key.casefold() for sentence in sentences_of(text) for key in self._known(sentence)})
            if SMALL.search(text):
                for found in CAPITALS.finditer(text):
                    at, end = found.span()
                    if not is_headline(text, at) and self._is_prop(
                        found.group(), text[max(0, at - _NEAR) : at], text[end : end + _NEAR]
                    ):
                        shouted.setdefault(singular(folded_words(found.group())[-1]), found.group().casefold())
        if self._english:
            nouns = _used_as_nouns(prose, shouted.keys() - (lexicon.OBJECTS | lexicon.LARGE))
            shouted = {word: name for word, name in shouted.items() if nouns.get(word, True)}
        self._shouted = {self._canonical(word): name for word, name in shouted.items()}
        handled = Counter(
            self._canonical(word)
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
        self.key = frozenset(map(id_of, [*self._shouted, *recurring][:MAX_PROPS]))

    def _canonical(self, word: str) -> str:
        """The word that a thing's id is made of: the English noun of a known one."""
        return _thing_of(word, self._language) or word

    def _named(self, sentence: str, language: str) -> Iterator[str]:
        """The nouns of a sentence of a language whose articles, or capitals, mark them."""
        for found in _OBJECT_OF[language].finditer(sentence.strip()) if language in _ARTICLED else ():
            word = (_phrase(found[1]) or [""])[-1]
            if word and self._is_noun(word) and found.start():
                yield self._canonical(singular(word) if self._english else word)

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
                yield singular(bare[1])  # "peels potatoes"
                continue
            for found in pattern.finditer(stretch):
                if found.start() > _AHEAD or (elsewhere and elsewhere.search(stretch[: found.start()])):
                    break
                words = _phrase(found[1])
                if words and self._is_noun(words[-1]):
                    yield singular(words[-1]) if self._english else words[-1]
                    break

    def _is_noun(self, word: str) -> bool:
        """True if a word that stands as an object is a thing: no person, no part of a body, no place."""
        is_person = word in self._people or base_form(word, self._language) in NOUNS
        if is_person or word in NO_PROPS or singular(word) in NO_PROPS:
            return False
        if self._english:
            deed = is_verb(word) and word not in lexicon.OBJECTS  # "gives a tug"
            return not deed and word not in _BARRED and not word.endswith(("ly", "ing", "self", "ed", "ward", "wards"))
        is_deed = self._language not in UNSPACED | {"de"} and acts_in(word, self._language)
        if _IS_SMALL.fullmatch(word) or (is_deed and not names_thing(word, self._language)):
            return False
        stems = {word[: len(word) - cut] for cut in range(min(3, len(word) - 3))}
        return not stems & (_NO_STEMS | self._people) and word not in self._barred and not is_given_name(word)

    @property
    def names(self) -> dict[str, str]:
        """Id → name of each prop that matters."""
        return {key: self.name_of(key) for key in sorted(self.key)}

    def find(self, sentence: str, whole: str = "", acts: Sequence[ActWord] = ()) -> list[str]:
        """Ids of the things that a sentence shows, those that matter first. `acts`: the verbs of the `whole` of it."""
        sentence, whole = self._without_lacking(sentence), self._without_lacking(whole)
        words = folded_words(sentence)
        here = [self._prop_of(word) for word in words]
        if self._english:
            done = (word[-1] == "s" and after in _LEADS for word, after in pairwise([*words, ""]))
            here = ["" if is_deed else one for one, is_deed in zip(here, done, strict=True)]  # "purses her lips"
            # a cigarette case is a case
            here = ["" if after and after != one else one for one, after in pairwise([*here, ""])]
        held = self.objects(whole, acts)
        found = list(dict.fromkeys(filter(None, (*self._known(sentence), *held, *here))))
        rank = {one: (one.casefold() not in self._shouted, one not in self.key, one not in held) for one in found}
        return sorted(found, key=lambda one: rank[one])[:MAX_SHOWN]

    def _without_lacking(self, text: str) -> str:
        """The text with blanks for what it says is not there, or only heard: all else stays where it is."""
        pattern = _LACKING.get(self._language)
        return pattern.sub(lambda found: " " * len(found.group()), text) if pattern else text

    def has_object(self, sentence: str, acts: Sequence[ActWord], act: Act) -> bool:
        """True if something stands right behind the verbs of an act: "yanks the door", which is nobody."""
        return any(self._led.match(sentence, one.end) is not None for one in acts if one.act == act)

    def id_of_noun(self, word: str) -> str:
        """The id that a noun's thing has."""
        return id_of(self._canonical(word.casefold()))

    def objects(self, sentence: str, acts: Sequence[ActWord]) -> list[str]:
        """Ids of the things that the verbs of a sentence are done to, in its order."""
        return [self.id_of_noun(word) for word in self._handled(sentence, acts)] if acts else []

    def name_of(self, key: str) -> str:
        """Name of a thing by its id: the script's word, and the English noun that it is drawn by."""
        noun = key.casefold()
        word = self._words.get(key) or self._shouted.get(noun) or self._called.get(noun, noun)
        return f"{word} ({noun})" if key in self._words and word != noun else word

    def _known(self, sentence: str) -> list[str]:
        """Ids of the things that the words of another language name: the English noun that is drawn, else the word."""
        found: list[str] = []
        for start, end, noun in _things_in(sentence, self._language):
            if self._is_other_word(sentence, start, end):
                continue
            self._words.setdefault(id_of(noun), sentence[start:end].casefold())
            found.append(id_of(noun))
        return found

    def _is_other_word(self, sentence: str, start: int, end: int) -> bool:
        """True if what reads like a thing is none: a German noun in a small letter, "sobre", "il montre"."""
        if self._language == "de":
            return sentence[start].islower()
        before = (folded_words(sentence[max(0, start - 8) : start]) or [""])[-1]
        is_barred = sentence[start:end].casefold() in self._barred and not self._leads.search(sentence, 0, start)
        return is_barred or before in _SUBJECTS.get(self._language, "").split()

    def _prop_of(self, word: str) -> str:
        """The id of the thing that a word names; '' for none."""
        single = self._canonical(singular(word))
        if self._english and single != word and word in lexicon.SINGULAR_VERBS:
            return ""  # "the bell rings"
        if single in self._shouted:
            return id_of(single)
        if (word in self._things or single in self._things) and not names_thing(word, self._language):
            return id_of(word if word in self._things else single)
        if not self._english and len(word) > _STEM:
            return id_of(next((name for name in self._shouted if _is_form(word, name)), ""))
        return id_of(single) if self._is_thing(word) and single not in _BODY else ""

    def _is_thing(self, word: str) -> bool:
        return self._english and singular(word) in lexicon.OBJECTS and word not in self._people

    def _is_prop(self, name: str, before: str, after: str) -> bool:
        """True if words in capitals are a thing: nobody's name, no sound, no camera word, no title, no sign."""
        words = folded_words(name)
        known = len(words) > 1 and singular(words[-1]) in lexicon.OBJECTS  # the TEA CADDY, though Tea is a name
        names = (word in self._people or (is_given_name(word) and not known) for word in words)
        joined = _JOINED.search(before)  # the REDS and the BLUES
        several = words[-1].removesuffix("s") in self._people or (joined and joined[1].casefold() in self._people)
        if any(names) or several or _INTRODUCED.match(after):
            return False
        if SIGN.search(before) or before[-1:] in QUOTES or _is_quoted(before) or after[:1] == "!":
            return False
        head = singular(words[-1])
        if head in lexicon.OBJECTS or head in lexicon.LARGE:
            return True
        barred = lexicon.CAPITALS_NOT | lexicon.PERSONS | lexicon.PLACE_WORDS | lexicon.ACRONYMS | NOUNS.keys()
        heard = self._english and (is_verb(head) or head in lexicon.LIGHT_NOUNS)  # a CRACK of plaster, a SHADOW
        heard = heard and not (len(words) > 1 and words[0] in lexicon.OBJECTS)  # PENCIL MARKS
        if heard or any(word in barred for word in words):
            return False
        lead = (folded_words(before[-24:]) or [""])[-1]
        if self._english:
            led = lead in DETERMINERS or lead.endswith("'s") or lead in ADJECTIVES or lead in {"of", "with", "in"}
            return led or (is_verb(lead) and after[:1] == ".")  # "Out of the hole trickles SAND."
        return bool(before.strip()) and before.rstrip()[-1:] not in ".!?\u2026"


def _is_quoted(before: str) -> bool:
    """True if a quotation is open behind a text."""
    opened, closing = ("\u201e", "\u201c") if "\u201e" in before else ("\u201c", "\u201d")
    curly = before.rfind(opened) > before.rfind(closing) or before.rfind("\u00ab") > before.rfind("\u00bb")
    return curly or before.count('"') % 2 == 1


def _phrase(text: str) -> list[str]:
    """The words of a noun's phrase, up to one behind which it is over."""
    words = folded_words(text) or [text]
    return words[: next((at for at, word in enumerate(words) if _ends_phrase(at, word)), len(words))]


def _ends_phrase(at: int, word: str) -> bool:
    """True if a noun's phrase is over before a word."""
    return word.removesuffix("'s") in _CLAUSE_WORDS or (
        at > 0 and (word in _SET or word in _HOW_IT_IS or (word.endswith("ed") and is_verb(word)))
    )


def _used_as_nouns(prose: Sequence[str], words: AbstractSet[str]) -> Mapping[str, bool]:
    """For each English word of which a script tells: True if it is a noun there, mostly behind what leads one."""
    met, led = Counter[str](), Counter[str]()
    for text in prose:
        for before, word in pairwise(folded_words(text)):
            if (one := singular(word)) in words:
                met[one] += 1
                led[one] += before in _LEADS_NOUN or before.endswith("'s") or before.isdigit()
    return {one: one not in _NO_NOUNS and (count < _OFTEN or 2 * led[one] > count) for one, count in met.items()}


_LEADS_NOUN = lexicon.DETERMINERS | lexicon.ARTICLES | ADJECTIVES.keys() | {"of", "with", "in", "on", "no"}
_NO_NOUNS = lexicon.PREPOSITIONS | lexicon.PRONOUNS | lexicon.CONJUNCTIONS | lexicon.AUX | _PLAIN
_OFTEN = 3


def _compounds(prose: Sequence[str]) -> dict[str, str]:
    """Noun → the name that it mostly has with the word before it: hat → paper hat."""
    named: dict[str, Counter[str]] = {}
    for text in prose:
        for found in _OBJECT_OF["en"].finditer(text):
            *ahead, noun = _phrase(found[1]) or [""]
            named.setdefault(singular(noun), Counter())[" ".join(ahead[-1:])] += 1
    best = {noun: max(count.items(), key=lambda one: one[1]) for noun, count in named.items()}
    return {
        noun: f"{word} {noun}"
        for noun, (word, count) in best.items()
        if word and count * 2 >= named[noun].total() and word not in _PLAIN
    }


def names_thing(word: str, language: str) -> bool:
    """True if the language's table of things has a word."""
    return _thing_of(word, language) != ""


@lru_cache(maxsize=20_000)
def _thing_of(word: str, language: str) -> str:
    """The English noun of a thing that a word begins with; '' for none."""
    return next((noun for start, _, noun in _things_in(word, language) if start == 0), "")


def _things_in(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """The language's words for things in a text: where each stands, and its English noun, or itself."""
    if language not in UNSPACED:
        found = {one.start: (one.start, one.end, one.value) for one in _things(language).find(text)}
        for word in _WORD.finditer(text) if language in _COMPOUNDING else ():
            found.setdefault(word.start(), (*word.span(), _compound(word.group().casefold(), language)))
        yield from (one for one in sorted(found.values()) if one[2])
    else:
        for found in _wide_things(language).finditer(text):
            if len(found[1]) == 1 and _HAN.search(
                text[max(0, found.start() - 1) : found.start()] + text[found.end() :][:1]
            ):
                continue  # the \u77f3 of \u77f3\u6bb5 is no stone
            end = _COMPOUND.match(text, found.end()) if language == "ja" else None  # a Chinese sentence is one run
            if noun := _table(language)[found[1].casefold()]:
                yield found.start(), end.end() if end else found.end(), noun


@lru_cache(maxsize=20_000)
def _compound(word: str, language: str) -> str:
    """The English noun of a compound, by its last part: Schusterhammer, bloempot; '' for none."""
    parts = (one for at in range(2, len(word) - 2) for one in _things(language, last=True).find(word[at:]))
    return next((one.value for one in parts), "")


@cache
def _things(language: str, *, last: bool = False) -> Beginnings[str]:
    """The language's words for things, or those that end a compound: -messer."""
    table = {word: noun for word, noun in _table(language).items() if word.startswith("-") is last}
    return Beginnings(table, _ENDINGS.get(language, r"\w{0,3}"), frozenset(_DATA["objects"]["behind"].split()))


@cache
def _wide_things(language: str) -> re.Pattern[str]:
    return re.compile(alternatives(tuple(_table(language)), language))


@cache
def _table(language: str) -> Mapping[str, str]:
    """The language's words for things, each with its English noun, or itself."""
    table = {
        word.replace("+", " ").casefold(): noun
        for noun, words in _DATA["known"].get(language, {}).items()
        for word in words.split()
    }
    table |= {word.casefold(): word.casefold() for word in _DATA["others"].get(language, "").split()}
    return dict(_smaller(table, language)) | dict(_bent(table, language)) | table


def _bent(table: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    """The stems of plurals that change a vowel or an end: Töpf of Topf, cajon of cajón, coltelli of coltello."""
    for pattern, ends in _BENT.get(language, ()):
        bend = re.compile(pattern).sub
        for word, noun in table.items():
            if len(word) >= _STEM and (other := bend(ends, word)) != word:
                yield other, noun


def _smaller(table: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    """The beginnings of diminutives: scatolina of scatola, cajita of caja, no\u017cyczki."""
    bare = language in {"es", "fr", "it", "pt"}
    for ends in _DIMINUTIVES.get(language, "").split():
        for word, noun in table.items():
            if len(word) > _STEM and word.isalpha():
                yield (word[:-1] if bare and word[-1] in "aeo" else word) + ends, noun


def within_thing(text: str, start: int, end: int, language: str) -> bool:
    """True if these letters are part of a thing's name: the \u6d88\u3057 of \u6d88\u3057\u30b4\u30e0."""
    return any(first <= start and end < last for first, last, _ in _things_in(text, language))


def english_noun(name: str) -> str:
    """The English noun of a thing that another language's words name, by the last of them; '' if nobody knows it."""
    word = (name.casefold().split() or [""])[-1]
    table = _nouns()
    if word in table or singular(word) in lexicon.OBJECTS:
        return table.get(word, "")  # carpeting is English, and no carp
    return next((table[word[:end]] for end in range(len(word), 4, -1) if word[:end] in table), "")


@cache
def _nouns() -> Mapping[str, str]:
    """Word → English noun, in every language that is listed."""
    return {
        word.replace("+", " ").casefold(): noun
        for known in _DATA["known"].values()
        for noun, words in known.items()
        for word in words.split()
    }


def _is_form(word: str, name: str) -> bool:
    """True if two words may be forms of one: Brille, Brillen; klucze, kluczy."""
    shared = max(_STEM, min(len(word), len(name)) - 2)
    return word[:shared] == name[:shared] and abs(len(word) - len(name)) <= 3


def folded_words(text: str) -> list[str]:
    """The words of a text in small letters."""
    return [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text)]


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """An English noun without its plural's ending, as far as it is a known thing: boxes, knives, candies."""
    word = word.removesuffix("'s")
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    stem = word[:-3]
    hissed = word[:-2] if word.endswith(("ches", "shes", "xes", "oes")) else ""
    ones = (word[:-1], hissed, f"{stem}y", f"{stem}f", f"{stem}fe")
    return next((one for one in ones if one in lexicon.OBJECTS), word)
