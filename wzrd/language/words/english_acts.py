"""Acts that English verbs tell by their forms and the words beside them, and what is no verb. Pure.

The words are data (acts.json): base verbs, which are bent here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TypeAlias, cast

from wzrd.contracts.acts import Act
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import is_person_noun
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.verb_forms import ActWord

_DATA = lexicon.load("acts.json")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_ANIMALS = frozenset(str(lexicon.load("antecedents.json")["animals"]["en"]).split())
_NOUN_BEFORE = (lexicon.DETERMINERS | lexicon.ARTICLES | {"of", "for", "with", "from", "by", "at", "no", "into"}) - {
    "all", "both", "one", "some", "it",
}  # fmt: skip
_PLURAL_BEFORE = frozenset({
    "to", "they", "we", "both", "all", "you", "i", "will", "would", "can", "could", "them", "him", "men", "women",
    "children", "people", "police",
})  # fmt: skip
_CAUSES = frozenset(
    form
    for verb in ("let", "make", "help", "see", "watch", "hear", "feel", "have", "bid", "observe", "notice", "dare")
    for form in (verb, lexicon.third_person(verb), f"{verb.removesuffix('e')}ing")
) | {"letting", "made", "saw", "heard", "had", "has", "felt"}  # fmt: skip
"""Verbs behind whose object a bare form stands: "lets him go"."""
_DENIED = frozenset({"not", "never", "without", "cannot", "n't"})
_ENDED = frozenset({"stop", "stops", "stopped", "stopping"})
_RE = lexicon.patterns("acts")
Words: TypeAlias = list[tuple[str, re.Match[str]]]
"""The words of a text, folded, and where each stands."""


def is_verb(word: str) -> bool:
    """True if a folded English word may be a form of a verb that tells an act."""
    return word in _forms()[0]


def english_acts(text: str) -> Iterator[ActWord]:
    """The verbs of a text."""
    words = [(found.group().casefold().replace("\u2019", "'"), found) for found in _WORD.finditer(text)]
    holding = {found.start() for found in _RE["hands"].finditer(text)}
    forms = _forms()[0]
    near: list[str] = []
    for at, (word, found) in enumerate(words):
        apart = at > 0 and not text[words[at - 1][1].end() : found.start()].isspace()
        near = [] if apart else [*near[-1:], words[at - 1][0]] if at else near
        if found.start() in holding:
            yield ActWord(found.start(), found.end(), "hold_hands")
            continue
        act = forms.get(word) or ("other" if _is_unknown_verb(words, at) else None)
        if act and not _is_no_verb(words, at, near) and not _is_left_undone(words, at, near):
            yield ActWord(found.start(), found.end(), _act_to_the_end(words, at, act))


def _is_no_verb(words: Words, at: int, near: Sequence[str]) -> bool:
    """True if a form of a verb is a noun or an adjective here; `near`: up to two words before it, from a mark on."""
    word, found = words[at]
    text, before = found.string, near[-1] if near else ""
    doubtful = word in lexicon.NOUN_VERBS or word in _DOUBTFUL or _ends_list(words, at, text)
    if doubtful and not _has_subject(words, at):
        return True  # "in both hands"
    if _is_body(words, at, near) or _is_participle(word, near) or (word.endswith("ed") and _stands_apart(text, found)):
        return True
    filmed = before in {"camera", "angle"} or (word in _SHOTS and before in _SIZES)  # "CLOSE SHOT - MATT"
    led = at + 1 < len(words) and words[at + 1][0] in _BE and word == _forms()[2].get(word, "")
    if filmed or led:
        return True  # "and light is pouring in"
    owned = before.endswith(("'s", "n't")) and before not in _CONTRACTED
    return before in _NOUN_BEFORE or owned or _is_named_only(words, at, text)


def _is_body(words: Words, at: int, near: Sequence[str]) -> bool:
    """True for parts of a body that nobody moves: "bunches, knees like a map", "his legs and shoulders tense"."""
    if words[at][0] not in _PAIRED or at == 0:
        return False
    behind = words[at + 1 : at + 2]
    own = _OBJECTS if near else _THINGS_BEHIND
    return not any(word in own or (near and written.group()[0].isupper()) for word, written in behind)


def _is_participle(word: str, near: Sequence[str]) -> bool:
    """True for what a thing does or is made by: "a framed cutting", "something moving"."""
    led = _DETERMINED.intersection(near) or near[-1:] in (["something"], ["anything"], ["nothing"])
    return word.endswith("ing") and bool(led)


def _is_left_undone(words: Words, at: int, near: Sequence[str]) -> bool:
    """True if nobody does what a form of a verb names: it is denied, ended, or a bare form without a subject."""
    word, before = words[at][0], near[-1] if near else ""
    denied = before in _DENIED or (before == "to" and at > 1 and words[at - 2][0] in _DENIED)
    if denied or (before in _ENDED and word.endswith("ing")):
        return True
    suffered = before in _SUFFERS and word in _UNBENT  # "is hit"
    return word == _forms()[2].get(word, "") and not _is_plural(words, at) and not suffered


def _act_to_the_end(words: Words, at: int, act: Act) -> Act:
    """The act of a verb by the words behind it, and by where somebody goes, where that is said before it."""
    word, found = words[at]
    _, phrases, bases = _forms()
    base, stretch = bases.get(word, ""), _stretch(words, at)
    rest, after = " ".join(stretch), next(iter(stretch), "")
    if act in _MOTION and (ahead := _RE["fronted"].fullmatch(found.string, 0, found.start())):
        rest = f"{ahead[0].casefold()}{rest}"
    if base in _PASSES and _gives(words, at):
        return "hand_over"
    return _with_particle(_by_what_follows(base, act, words, at, after), phrases.get(base, ()), rest, after)


_PASSES = frozenset({"pass", "slide", "push", "shove", "roll", "reach", "slip", "deal", "pour"})


def _gives(words: Words, at: int) -> bool:
    """True if somebody and then a thing stand behind a verb: "passes her a towel", "slips Henrik the key"."""
    return any(
        then in _DETERMINED and (whom in {"him", "her", "them"} or named.group()[:1].isupper())
        for (whom, named), (then, _) in pairwise(words[at + 1 : at + 3])
    )


def _stretch(words: Words, at: int) -> list[str]:
    """The five words behind a verb, up to a mark: "pulls, hand over hand" pulls nothing over."""
    found: list[str] = []
    for (_, last), (word, one) in pairwise(words[at : at + 6]):
        joined = found[-2:-1] in (["a"], ["an"]) and word not in _WAYS  # "a quick, hard shove"
        if not (one.string[last.end() : one.start()].isspace() or joined):
            break
        found.append(word)
    return found


_MOTION: frozenset[Act] = frozenset({"walk", "run", "climb", "jump", "fall", "crawl", "move"})
_SHOTS = frozenset({"shot", "shots"})
_SIZES = frozenset(_DATA["shot_sizes"].split())
"""Words that stand before a shot of the camera."""
_BE = frozenset({"is", "are", "was", "were"})
_SUFFERS = _BE | {"be", "been", "being", "get", "gets", "got", "getting"}


def _with_particle(act: Act, phrases: Sequence[tuple[str, Act]], rest: str, after: str) -> Act:
    """An act by what follows its verb: a particle, or whoever does it to themselves."""
    found: Act | None = next((value for ends, value in phrases if _follows(rest, ends, value)), None)
    longer = found or act
    if after in _REFLEXIVE:
        return _TO_ONESELF.get(longer, longer if longer in _MOTION else act)
    return act if longer == "put_down" and act == "push" and after in _OBJECTS - {"the", "a", "an", "it"} else longer


def _ends_list(words: Words, at: int, text: str) -> bool:
    """True if a plural ends a phrase that names things: "Bare rooms, boxes.", "a wall of brass-fronted boxes"."""
    word, found = words[at]
    if at == 0 or not word.endswith("s"):
        return False
    return not text[found.end() : found.end() + 2].strip()[:1].isalnum() and _is_plural_noun(word)


def _is_plural_noun(word: str) -> bool:
    """True if a word is the plural of a known thing or person."""
    ones = {word.removesuffix("s"), word.removesuffix("es")} if word.endswith("s") else set[str]()
    return bool(ones & lexicon.OBJECTS) or singular_of_people(word) != ""


def _is_named_only(words: Words, at: int, text: str) -> bool:
    """True if a form that ends as a plural is one: "hands in laps", "Boxes from floor to ceiling."."""
    word, found = words[at]
    if at or not (_is_plural_noun(word) or word == "tears"):
        return at > 0 and word.endswith("s") and words[at - 1][0] in {"in", "on"}
    after = words[1][0] if len(words) > 1 else ""
    forms, _, bases = _forms()
    if after in forms and after == bases[after] and after not in _OBJECTS:
        return True  # "Tears run down her cheeks"
    if after == "on" and forms.get(word) == "strike":
        return False  # "Hammers on the window."
    return after in lexicon.PREPOSITIONS - _BEHIND_VERB - _OBJECTS or text[found.end() :][:1] == ","


_THINGS_BEHIND = frozenset({"it", "the", "his", "their"})


def _by_what_follows(base: str, act: Act, words: Words, at: int, after: str) -> Act:
    """An act by the word behind its verb, none at a mark: who drops nothing falls, a cab passes by, engines start."""
    kinds = _kinds_of(after, words[at + 1][1].group()) if after else frozenset({"END", "ALONE"})
    for found, wanted, unwanted in _followed().get(base, ()):
        if not unwanted & kinds and (not wanted or wanted & kinds):
            return found
    return "use" if act == "fall" and after in _THINGS_BEHIND else act


def _kinds_of(word: str, written: str) -> frozenset[str]:
    """A word that follows a verb, and what it is."""
    kinds = {
        "ALONE": word in lexicon.PREPOSITIONS,
        "THING": word in _OBJECTS - _WAYS,
        "PERSON": word in {"him", "her", "them", "me", "us"} or written[0].isupper(),
        "SELF": word in _REFLEXIVE,
        "ING": word.endswith("ing"),
        "LY": word.endswith("ly"),
    }
    return frozenset({word, *(kind for kind, holds in kinds.items() if holds)})


@cache
def _followed() -> Mapping[str, Sequence[tuple[Act, frozenset[str], frozenset[str]]]]:
    """Base -> acts that it tells by the word behind it, with words or kinds of which that is one, and is none."""
    table: dict[str, list[tuple[Act, frozenset[str], frozenset[str]]]] = {}
    for rule in _DATA["followed"]:
        base, act, *conditions = rule.split()
        wanted = frozenset(one for one in conditions if not one.startswith("!"))
        unwanted = frozenset(one[1:] for one in conditions if one.startswith("!"))
        table.setdefault(base, []).append((cast("Act", act), wanted, unwanted))
    return table


_CONTRACTED = frozenset({"he's", "she's", "it's", "that's", "who's", "there's", "everyone's"})
"""Words behind which a form is a verb: "she's laughing", and not "Ann's laughing"."""
_REFLEXIVE = frozenset({"himself", "herself", "itself", "themselves"})
_TO_ONESELF: Mapping[Act, Act] = {"throw": "jump", "drag": "crawl", "lift": "stand", "push": "stand"}
"""Acts that somebody does to themselves, by what they are then: "throws herself between them"."""


def _stands_apart(text: str, found: re.Match[str]) -> bool:
    """True if a participle stands between two marks, as an adjective does."""
    ahead, behind = text[: found.start()].rstrip()[-1:], text[found.end() :].lstrip()[:1]
    return ahead in {",", "("} and behind in {",", ")", "."}


_PAIRED = frozenset({"knees", "elbows", "shoulders", "hands", "eyes", "backs", "fingers", "thumbs", "heels", "palms"})
_DOUBTFUL = frozenset({"left", "rose", "saw", "felt", "lit", "down", "back", "bound"})
_DETERMINED = lexicon.DETERMINERS | lexicon.ARTICLES
_SUBJECTS = lexicon.PRONOUNS | {"who", "and", "then", "that"}


def _is_unknown_verb(words: Words, at: int) -> bool:
    """True if a word that no list has is what somebody does: "Bev sneezes", "she clamps"."""
    word, found = words[at]
    if at == 0:
        after = words[1][0] if len(words) > 1 else ""
        told = word in lexicon.PRONOUNS or word in lexicon.MASS or _is_plural_noun(word)
        return after in _LEADS_ON and _THIRD_PERSON.fullmatch(word) is not None and not told
    if not found.group().islower() or not _THIRD_PERSON.fullmatch(word) or word in lexicon.AUX:
        return False
    before, ahead = words[at - 1]
    after = words[at + 1][0] if at + 1 < len(words) else ""
    if before == "and" and after in _LEADS_ON and not _is_plural_noun(word):
        return True  # "lies down and threads her fingers into his"
    return before in {"he", "she", "it", "who"} or (ahead.group()[:1].isupper() and before not in lexicon.NAMES_NOT)


_LEADS_ON = frozenset(
    {"him", "her", "it", "them", "the", "a", "an", "his", "their", "himself", "herself", "on", "into"}
)
"""Words behind a verb that begins a sentence: "Lands on an awning."."""
_THIRD_PERSON = re.compile(r"[a-z]+[a-rt-z]s")


def _has_subject(words: Words, at: int) -> bool:
    """True if a form that may be a plural noun is a verb: behind a name, a person or a pronoun, or before an object."""
    behind = _behind_ages(words, at)
    before, found = words[behind] if at else ("", None)
    after = words[at + 1][0] if at + 1 < len(words) else ""
    if at > 1 and words[at - 2][0] in {"a", "an"} and words[at][0].endswith("s"):
        return True  # "A ferry rocks."
    apart = found is not None and found.string[found.end() :].lstrip(")").lstrip()[:1] == ","
    if after in _OBJECTS or (after and words[at + 1][1].group()[:1].isupper()):
        return apart or before not in lexicon.DETERMINERS | {"both", "bare", "of"}
    if apart and after in _BEHIND_VERB:
        return True  # "Dad, in a bathrobe, hunts for his glasses"
    named = found is not None and found.group()[:1].isupper()
    return named or _is_somebody(before) or before in _SUBJECTS or not before


def _is_somebody(word: str) -> bool:
    return is_person_noun(word, "en") or word in lexicon.PERSONS or word in _ANIMALS


def _behind_ages(words: Words, at: int) -> int:
    """Index of the last word before a verb that tells neither age nor how: "ANNA (late 30s) slowly looks up"."""
    told = (
        one
        for one in range(at - 1, 0, -1)
        if not (words[one][0][:1].isdigit() or words[one][0] in _AGES or lexicon.is_adverb(words[one][0]))
    )
    return next(told, 0)


_AGES = frozenset({"early", "mid", "late", "years", "old"})
_BEHIND_VERB = frozenset({"for", "at", "to", "into", "through", "past", "off", "around", "toward", "towards", "like"})
_OBJECTS = frozenset(
    {"him", "her", "them", "it", "me", "us", "the", "a", "an", "his", "their", "up", "out", "down", "over"}
)


def _follows(rest: str, ends: str, act: Act) -> bool:
    """True if a verb's own particle comes next, two words on at most: "turns the radio on", not "lies strapped to".

    Where an act has no object, nothing but how it is done stands between: "gets Tom on the eyebrow" climbs nothing.
    """
    return _particles(ends, is_apart=act not in _NO_OBJECT, is_last=act == "use").match(rest) is not None


@cache
def _particles(ends: str, *, is_apart: bool, is_last: bool) -> re.Pattern[str]:
    if ends.startswith(_LED):
        led = r"(?:an?|another|one|the|his|her|their)"
        return re.compile(rf"(?:[\w']+ ){{0,2}}{led} (?:[\w-]+ ){{0,2}}{ends.removeprefix(_LED)}\b")
    end = "$" if ends.endswith(_LAST) else r"\b"
    parts = r" (?:\w+ ){0,2}".join(map(re.escape, ends.removesuffix(_LAST).split()))
    if ends.partition(" ")[0] not in _PARTICLES:
        return re.compile(rf"(?:(?!\w+ed )[\w']+ ){{0,2}}{parts}{end}")
    if not is_apart:
        return re.compile(rf"(?:(?:{_HOW}|\w+self|themselves) ){{0,2}}{parts}{end}")
    if is_last and ends in {"on", "off", "in"}:  # "puts it on", "puts both feet on the wall"
        return re.compile(rf"{parts}\b|(?:(?!\w+ed )\w+ ){{0,2}}{parts}\b(?! (?:{_OWNED})\b)")
    return re.compile(rf"(?:(?!\w+ed )(?!(?:{'|'.join(_WAYS)}) )\w+ ){{0,2}}{parts}{end}")


_NO_OBJECT: frozenset[str] = frozenset(_DATA["acts_without_object"].split())
_WAYS = frozenset(_DATA["ways"].split())
_PARTICLES = _WAYS | {"in", "to", "for", "back", "past", "from", "toward", "towards", "aside", "forward"}
_HOW = r"\w+ly|right|straight|back|all|half|just|slowly"
_OWNED = "|".join(lexicon.DETERMINERS | {"it", "him", "them", r"\w+['\u2019]s"})
_LED, _LAST = "~", " ."
"""Marks of a noun behind an article and adjectives, and of words that end their clause."""


def _is_plural(words: Words, at: int) -> bool:
    """True if a bare form ("run", "hold") is a verb: behind a plural, "to", or two names."""
    behind = _behind_ages(words, at)
    before = words[behind][0] if at else ""
    if not before or before in _PLURAL_BEFORE:
        return bool(before) and (before not in {"him", "them"} or words[behind - 1][0] in _CAUSES | {"of"})
    text = words[at][1].string
    if text[words[at - 1][1].end() : words[at][1].start()] == ", ":  # "THE REDS, eleven girls of ten, sit"
        first = text[: words[at][1].start()].partition(",")[0].rpartition(" ")[2]
        return singular_of_people(first.casefold()) != "" or (first.isupper() and first.endswith("S"))
    if singular_of_people(before):
        return True
    if before.endswith("s") and not before.endswith(("ss", "'s")) and before not in lexicon.SINGULAR_VERBS:
        return True
    near = (word for word, _ in words[max(0, behind - 2) : behind + 1])
    somebody = words[behind][1].group()[:1].isupper() or _is_somebody(before)
    return before == "and" or (somebody and "and" in near)  # "Ann and Bob run", and no "bleak and foreboding sight"


Particles: TypeAlias = Mapping[str, tuple[tuple[str, Act], ...]]


@cache
def _forms() -> tuple[Mapping[str, Act], Particles, Mapping[str, str]]:
    """Form → act; base → the particles that make another act of it; form → its base."""
    phrases = _light_phrases()
    alone: dict[str, Act] = {}
    for act, verbs in _DATA["acts"]["en"].items():
        for verb in verbs.split():
            base, *rest = verb.split("+")
            if rest:
                phrases.setdefault(base, []).append((" ".join(rest), act))
            else:
                alone.setdefault(base, act)
    for base in phrases:  # "gets up": no act without its particle
        alone.setdefault(base, "other")
    bases: dict[str, str] = {}
    regular = [(form, verb) for verb in alone for form in _bent(verb)]
    for form, base in (*regular, *_IRREGULAR):
        if base in alone:
            bases.setdefault(form, base)
    forms: dict[str, Act] = {form: alone[base] for form, base in bases.items()}
    longest = {base: tuple(sorted(ends, key=lambda one: -len(one[0]))) for base, ends in phrases.items()}
    return forms, longest, bases


_IRREGULAR = [(form, base) for form, _, base in (pair.partition(":") for pair in str(_DATA["irregular"]).split())]
"""Irregular pasts and participles, each with its base."""
_UNBENT = frozenset(form for form, base in _IRREGULAR if form == base)
"""Verbs whose participle is no other form: hit, cut, put."""


def _light_phrases() -> dict[str, list[tuple[str, Act]]]:
    """Verbs that tell no deed of their own, and the nouns behind them that do: "gives him a shove"."""
    table: Mapping[str, str] = _DATA["light"]
    told: list[tuple[str, Act]] = [
        (_LED + noun, cast("Act", act)) for act, words in table.items() if act != "verbs" for noun in words.split()
    ]
    return {verb: list(told) for verb in table["verbs"].split()}


def _bent(verb: str) -> tuple[str, ...]:
    """The forms of a regular English verb."""
    stem = verb.removesuffix("e")
    double = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprt]", verb) is not None and verb[-1] not in "wxy"
    twin = verb + verb[-1] if double else stem
    past = verb[:-1] + "ied" if verb.endswith("y") and verb[-2:-1] not in "aeiou" else twin + "ed"
    past = verb if verb in {"see", "flee"} else past  # a seed is nothing that was seen
    return (verb, lexicon.third_person(verb), (verb if verb.endswith("ee") else twin) + "ing", past)
