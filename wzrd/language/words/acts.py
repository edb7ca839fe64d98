"""Words for what people do and feel, in several languages: which kind of act a sentence tells, and where. Pure.

The words are data (acts.json): English base verbs, which are bent here, and the beginnings of other languages' forms.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import cast

from wzrd.contracts.acts import CONTACT, Act
from wzrd.language.words import lexicon
from wzrd.language.words.beginnings import WHOLE, Beginnings, Begun
from wzrd.language.words.english_acts import english_acts
from wzrd.language.words.first_letters import PhrasePatterns
from wzrd.language.words.unreal import undone
from wzrd.language.words.verb_forms import ActWord, is_capital, is_infinitive, is_object, is_reflexive, is_state

DATA, _ANTECEDENTS = lexicon.load("acts.json"), lexicon.load("antecedents.json")
NO_PROPS: frozenset[str] = frozenset(DATA["no_props"].split())
"""Nouns that recur in any script and are no prop: bodies, rooms, times, people."""
BODY: Mapping[str, str] = DATA["body"]
"""Parts of a body, by language."""
HANDS: Mapping[str, str] = DATA["hands"]
"""Parts of a body into which things are given, by language."""
BETWEEN: Mapping[str, str] = DATA["between"]
"""Words for somebody's own hands, in which a thing is turned or held, by language."""
PARTICLES: Mapping[str, str] = {language: words.replace(" ", "|") for language, words in DATA["particles"].items()}
"""Words that part from their verb and end its clause, by language."""
INTO: Mapping[str, str] = DATA["into"]
"""Words that lead there."""
ASLEEP = re.compile(DATA["asleep"], re.IGNORECASE)
"""Words for whoever sees and does nothing."""
NOT_HELD: frozenset[str] = frozenset(DATA["not_held"].split())
"""Clothes and furniture: in a hand only where somebody takes hold of them."""
WORN: frozenset[str] = frozenset(DATA["worn"].split())
"""Things that one puts on somebody, or round them."""
UNSPACED = frozenset({"ja", "zh"})
LONG_END = 5
"""Letters that a form of a verb or of a feeling may have more than its beginning."""
_NOT = frozenset({"non", "no", "nicht", "ne", "n", "n\u00e3o", "nie", "niet", "inte", "\u043d\u0435"})
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_QUIET = frozenset({"stand", "sit", "lie", "lean", "look", "listen", "hold", "speak", "other", "move", "walk", "use"})


def strength(act: Act) -> int:
    """Rank of what a picture must show: contact between people, then deeds, then a posture."""
    return 3 if act in CONTACT else 1 if act in _QUIET else 2


@lru_cache(maxsize=20_000)
def acts_in(text: str, language: str) -> tuple[ActWord, ...]:
    """The acts that a text tells, in its order. A language without a list has none."""
    told = _english_acts(text) if language == "en" else _other_acts(text, language)
    gone = undone(text, [(one.start, one.end) for one in told], language)
    return tuple(replace(one, act="other") if one.start in gone else one for one in told) if gone else told


def _english_acts(text: str) -> tuple[ActWord, ...]:
    return _with_idioms(text, english_acts(text), "en")


def _other_acts(text: str, language: str) -> tuple[ActWord, ...]:
    words = [*(_unspaced_acts(text, language) if language in UNSPACED else _by_beginnings(text, language))]
    ends = {one.end for one in words}
    found = [(is_noun(text, one.start, language) or is_object(text, one.start, ends), one) for one in words]
    verbs = tuple(word for is_noun, word in found if not is_noun)
    told = _with_idioms(text, verbs, language)
    pronouns = _articles(language)[1] | _DEMONSTRATIVES
    doubtful = (
        one
        for _, one in found
        if one.act in _NOUNS_TELL or (_word_before(text, one.start) in pronouns and _OPENED.search(text[: one.start]))
    )
    return told or tuple(doubtful)  # "la porte" is a door where there is another verb, and "une porte" always


def _unspaced_acts(text: str, language: str) -> Iterator[ActWord]:
    pattern, table = _pattern(language), _beginnings(language)
    for one in pattern.finditer(text) if pattern else ():
        yield ActWord(one.start(), one.end(), table[one[1].casefold()])


def _by_beginnings(text: str, language: str) -> Iterator[ActWord]:
    """The verbs of a language of words."""
    clitics = _articles(language)[1]
    apart = {word.start: (last, word) for last, word in _separated(text, language)}
    for one in _verbs(language).find(text):
        if apart.get(one.start, (-1, None))[0] > one.end + 1:
            continue
        apart.pop(one.start, None)  # "richtet sich auf" is said to the end
        if is_capital(text, one.start) and (language != "de" or one.value not in _NOUNS_TELL):
            continue  # "der Finger" is none that catches
        if one.value not in _POSTURES and is_state(text, one.start, one.end, language):
            continue  # "un billete arrugado"
        denied = (
            one.before in _NOT
            or NOT_BEHIND.match(text, one.end)
            or (one.before in clitics and _denies(text[: one.start]))
        )
        end, act = _without_preposition(text, one, language) or (one.end, one.value)
        yield _done_to_oneself(text, ActWord(one.start, end, "other" if denied else act), language)
    yield from (_done_to_oneself(text, word, language) for _, word in apart.values())


def _without_preposition(text: str, one: Begun[Act], language: str) -> tuple[int, Act] | None:
    """End and act of a verb whose next word leads a noun and is no part of it: "schl\u00e4gt auf die Tasche"."""
    verb, _, rest = text[one.start : one.end].partition(" ")
    leads = _WORD.search(text, one.end) if rest and language in _APART and one.value not in _AIMED else None
    if leads is None or not re.fullmatch(PARTICLES[language], rest, re.IGNORECASE):
        return None
    if not text[one.end : leads.start()].isspace() or leads.group().casefold() not in _articles(language)[0]:
        return None
    return next(((one.start + len(verb), alone.value) for alone in _verbs(language).find(verb)), None)


_APART = frozenset({"de", "nl"})
"""Languages in which no object stands behind a verb's particle."""
_AIMED: frozenset[Act] = frozenset({"point", "aim", "drag", "hug"})
"""Acts of a verb and a preposition: "zeigt auf die T\u00fcr"."""


def _done_to_oneself(text: str, one: ActWord, language: str) -> ActWord:
    """A verb as it is where somebody does it to themselves: "se jette", "zieht sich zur\u00fcck"."""
    act = _MOVES_ONESELF.get(one.act)
    return replace(one, act=act) if act and is_reflexive(text, one.start, one.end, language) else one


_POSTURES: frozenset[Act] = frozenset({
    "sit", "lie", "kneel", "stand", "lean", "sleep", "hug", "hold", "hold_hands", "hide", "kneel_beside", "bend_over",
    "weep", "other",
})  # fmt: skip
"""Acts that a participle may tell: "sentado", "abrazada a su madre"."""
_MOVES_ONESELF: Mapping[Act, Act] = {"throw": "jump", "lift": "stand", "push": "walk", "drag": "walk"}
"""Acts that somebody does to themselves, by what they are then, where a language has a pronoun for it."""


def _separated(text: str, language: str) -> Iterator[tuple[int, ActWord]]:
    """Verbs whose other words end their clause, and where those begin: "schl\u00e4gt sie das Papier auf"."""
    pattern, table = _separable(language)
    at = 0
    while table and (found := pattern.search(text, at)):
        at = found.end(1)  # "h\u00e4lt ein und f\u00e4hrt dann fort"
        act = table.get((found[1].casefold(), found[2].casefold()))
        towards = found[2].casefold() == "zu" and " auf " in found.group()  # "geht auf ihn zu"
        if act and not towards and not _NOT.intersection(found.group().casefold().split()):
            yield found.start(2), ActWord(found.start(), found.end(1), act)


@cache
def _separable(language: str) -> tuple[re.Pattern[str], Mapping[tuple[str, str], Act]]:
    """Pattern of the verbs whose other words may end the clause, and the act of each pair.

    Such words are a particle, or what a preposition leads: "rei\u00dft ihm den Brief aus der Hand".
    """
    particles = re.compile(PARTICLES.get(language, "(?!)"))
    leads = frozenset(str(_ANTECEDENTS["governing"].get(language, "")).split())
    table: dict[tuple[str, str], Act] = {}
    for words, act in _beginnings(language).items():
        verb, _, rest = words.partition(" ")
        if particles.fullmatch(rest) or (" " in rest and rest.partition(" ")[0] in leads):
            table[verb, rest] = act
    verbs, rests = (
        "|".join(sorted({re.escape(pair[at]) for pair in table}, key=len, reverse=True)).replace("ss", "(?:ss|\u00df)")
        or "(?!)"
        for at in (0, 1)
    )  # "st\u00f6\u00dft" is folded to "st\u00f6sst"
    ends = r"(?=\s*(?:[^\w\s'\u2019-]|$)| (?:und|oder|en|och|maar|aber|men)\b)"
    return re.compile(rf"(?<!\w)({verbs})(?: [\w'\u2019-]+){{1,7}}? ({rests}){ends}", re.IGNORECASE), table


NOT_BEHIND = re.compile(r"\w*(?: \w{2,4})? (?:nicht|niet|pas|jamais|niemals|nooit|inte|aldrig)\b", re.IGNORECASE)
"""Words behind a verb that say that it is not done: "Henk lacht niet"."""


def _denies(ahead: str) -> bool:
    """True if a word before a pronoun says that something is not done: "non la guarda"."""
    return bool(_NOT & set(ahead.casefold().split()[-2:-1]))


_OPENED = re.compile(
    r"(?:^|[^\w\s]\s?|\b(?:y|e|et|i|und|che|que|qui|ne|no|non|n\u00e3o) )\W?\w+['\u2019]? ?\Z", re.IGNORECASE
)
"""The beginning of a clause and one word, which may be a pronoun: "La besa."."""
_DEMONSTRATIVES = frozenset({"der", "die", "das", "dem", "den"})
"""Articles that stand for somebody, too: "Der isst es."."""
_NOUNS_TELL: frozenset[Act] = frozenset({"weep", "laugh", "scream", "kiss"})
"""Acts that nouns tell too: tears, laughter, a cry, a kiss."""


@cache
def _verbs(language: str) -> Beginnings[Act]:
    ends = DATA["verb_ends"].get(language, rf"\w{{0,{LONG_END}}}")
    return Beginnings(_beginnings(language), ends, _articles(language)[0])


def is_slow(text: str, language: str) -> bool:
    """True if a text says that something takes its time."""
    pattern = _compiled(tuple(DATA["slow"].get(language, "").split()), language)
    return pattern is not None and pattern.search(text) is not None


def is_noun(text: str, at: int, language: str) -> bool:
    """True if an article leads a word, so that it is a noun: "la porte", and not "il la porte"."""
    articles, clitics, subjects = _articles(language)
    last = _word_before(text, at) if articles else ""
    if not last:
        return False
    words = _WORD.findall(text[max(0, at - 30) : at])
    if last in _BEFORE_NOUNS:
        return len(words) > 1 and re.split("['\u2019]", words[-2].casefold())[-1] in articles | clitics
    if last == "\u00e0" or (last == "a" and is_infinitive(text, at)):
        return not is_infinitive(text, at)  # "un chapeau \u00e0 voilette", and not "se met \u00e0 rire", "desata a rir"
    if last not in clitics:
        return last in articles
    before = words[-2] if len(words) > 1 else ""
    return not (before.casefold() in subjects or before[:1].isupper())


_BEFORE_NOUNS = frozenset(str(DATA["before_nouns"]).split())
"""Adjectives that stand between an article and a noun: "la m\u00eame taille"."""


def _word_before(text: str, at: int) -> str:
    """The folded word before a place, without what is joined to it: "d'un coup"."""
    words = _WORD.findall(text[max(0, at - 30) : at])
    return re.split("['\u2019]", words[-1].casefold())[-1] if words else ""


@cache
def _articles(language: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The language's articles, those of them that are pronouns too, and words that a pronoun stands behind."""
    own = _ANTECEDENTS.get(language, {})
    clitics, subjects = (frozenset(str(own.get(kind, "")).split()) for kind in ("articles", "subjects"))
    return frozenset(_ANTECEDENTS["led"].get(language, "").split()) | clitics, clitics, subjects


def _with_idioms(text: str, verbs: Iterable[ActWord], language: str) -> tuple[ActWord, ...]:
    """The verbs, and what bodies do without one of their own: "rolls on to one knee", "le da una bofetada"."""
    found = [ActWord(one.start(), one.end(), cast("Act", one.lastgroup)) for one in _idioms(language).find(text)]
    apart = (verb for verb in verbs if not any(one.start < verb.end and verb.start < one.end for one in found))
    return tuple(sorted((*apart, *found), key=lambda one: one.start))


@cache
def _idioms(language: str) -> PhrasePatterns:
    return PhrasePatterns(DATA["idioms"].get(language, {}), spaced=language not in UNSPACED)


@cache
def _beginnings(language: str) -> Mapping[str, Act]:
    table: dict[str, Act] = {}
    for act, words in DATA["acts"].get(language, {}).items():
        for word in words.split():
            table.setdefault(word.replace("+", " ").casefold(), cast("Act", act))
    return table


@cache
def _pattern(language: str) -> re.Pattern[str] | None:
    return _compiled(tuple(_beginnings(language)), language)


@cache
def _compiled(words: tuple[str, ...], language: str) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile(alternatives(words, language, LONG_END), re.IGNORECASE)


def alternatives(words: tuple[str, ...], language: str, ends: int | str = 3) -> str:
    """Pattern of the forms that begin with these words; short ones are whole words.

    `ends`: so many letters more, or a pattern of the endings that they may have.
    """
    ending = ends if isinstance(ends, str) else rf"\w{{0,{ends}}}"
    listed = sorted(words, key=len, reverse=True)
    if language in UNSPACED:
        return f"({'|'.join(map(re.escape, listed))})"
    longer = "|".join(re.escape(word) for word in listed if len(word) > WHOLE)
    short = "|".join(re.escape(word) for word in listed if len(word) <= WHOLE)
    parts = [rf"(?:{longer})(?={ending}(?!\w))"] if longer else []
    parts += [rf"(?:{short})(?!\w)"] if short else []
    return rf"(?<!\w)({'|'.join(parts)})"
