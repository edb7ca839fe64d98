"""Who is in the scene: names as a sentence spells them, or found in the text, and their sides.

The 180° rule lives here: a person's side of the frame follows from the scene alone, so it never changes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.words import lexicon
from wzrd.language.words.off_screen import is_off_screen
from wzrd.language.words.person_words import ADJECTIVES, is_given_name
from wzrd.language.words.role_words import ANYBODY
from wzrd.language.words.sentences import one_line, sentence_case, split_sentences, tokens_of

Side = Literal["left", "right"]
MAX_PEOPLE, MAX_NAME = 24, 60
_COMMON = frozenset(lexicon.PLACES).union(
    lexicon.NAMES_NOT, lexicon.MASS, lexicon.LIGHT_NOUNS, lexicon.OBJECTS, lexicon.LARGE, lexicon.PREPOSITIONS,
    lexicon.PLACE_WORDS, lexicon.SCENE_LIGHT,
)  # fmt: skip
_NO_NAME = _COMMON | lexicon.IMPERSONAL
_AUX_OR_PAST = lexicon.AUX | lexicon.PAST
_NO_FIRST = lexicon.PEOPLE | lexicon.TITLES | ADJECTIVES.keys()
"""Words before a name that are no part of it: a YOUNG ANNA."""

_RE = lexicon.patterns("scene_people")
_GOES_ON = re.compile(r"\b[A-Z]{2,} (?:(?:IN|WITH|OF) )?(?:A|AN|THE|HIS|HER) \Z")
"""Words in capitals before the rest of a name: the MAN IN A of MAN IN A DINNER JACKET."""
_ONE_OF_A_LIST = re.compile(r"[A-Z]{2,}, [^.;:()]*[a-z] \Z")
"""Words between a name in capitals and one of its things before its age: "RICK FERRIS, slick, gold Rolex, 40s"."""
_SENTENCE_END = re.compile(r"(?<=\w{5})\. |\. (?=(?:THE|AN?|HIS|HER|The|An?|His|Her) )")
_BOTH = re.compile(r" AND ")
_JOINED = re.compile(
    r"\s+(?:and|und|u\.|et|y|e|ed|i|oraz|en|och|o\.|\u0438|&)\s+|\s*[/,&\u30fb\uff0f]\s*", re.IGNORECASE
)
"""Words and marks between the names of a cue of several."""
_WIDE = "[\u4e00-\u9fff\u30a1-\u30fc]"
_WIDE_PARTICLE = re.compile(
    f"(?<={_WIDE})[\u306b\u3067\u3092\u304c\u306f\u3078\u3068](?={_WIDE})|(?<=[)\uff09])[\u3068\u3084](?=\\w)"
)
"""Particles before a name in a script without spaces: \u7e01\u3067\u30ea\u30b5."""
_SEVERAL = frozenset({"are", "were", "have", "aren't", "weren't"})
_RAW: Mapping[str, str] = lexicon.load("scene_people.json")
SIGN, _NO_CUE, _HEARD, _UNSEEN_VOICE, _UNSEEN_EXTENSION = (
    re.compile(_RAW[what], re.IGNORECASE) for what in ("sign", "no_cue", "heard", "unseen_voice", "unseen_extension")
)
"""Words before capitals that are only written somewhere, capitals that a layout took for somebody, who is heard."""
DEPICTED = re.compile(_RAW["depicted"])
"""A picture of somebody, who is not there."""
_VOICE_LAST = lexicon.VOICES | {"phone", "tv", "television", "radio", "music", "song", "soundtrack", "lyrics"}
_VOICE_FIRST = frozenset({"voice", "phone", "telephone", "radio", "tv", "television", "intercom"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the scene: `name` as it stands inside a sentence ("Mara", "the old man")."""

    name: str
    side: Side

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words that mean this person in a text."""
        words = [word.casefold() for word in self.name.split() if word.casefold().strip(".") not in lexicon.TITLES]
        if self.name.startswith("the "):
            return tuple(words[-1:])
        return tuple(word for word in words if word not in lexicon.ARTICLES) or tuple(words)


def is_marked_unseen(line: Line, parenthetical: str | None) -> bool:
    """True if a line's extension or parenthetical says that its speaker is out of frame."""
    beside = " ".join((line.extension, *re.findall(r"\(([^()]*)\)?", line.character)))
    said = f"{beside} ; {parenthetical or ''}"
    if _UNSEEN_VOICE.search(said) or _UNSEEN_EXTENSION.search(beside):
        return True
    how = re.sub(r"\boff(?= \w)", "", parenthetical or "")  # "off Otto's look" is a reaction to it
    return is_off_screen(beside) or is_off_screen(how)


def is_unseen(line: Line, parenthetical: str | None) -> bool:
    """True if a line is spoken out of frame or through a device: by extension, cue or parenthetical."""
    if is_marked_unseen(line, parenthetical):
        return True
    words = re.findall(r"[a-z]+", re.sub(r"\(.*", "", line.character).casefold())
    return (parenthetical or "").strip(" ()").casefold() == "off" or bool(
        is_device(line.character) or (len(words) > 1 and words[0] in _VOICE_FIRST)
    )


def spelled(cue: str) -> str:
    """A character cue as a sentence spells it: `MARA (CONT'D)` → Mara, `OLD MAN` → the old man; may be empty."""
    name = one_line(re.sub(r"\([^()]*\)?", " ", cue), MAX_NAME).strip(" \"'^@:.,;-")
    words = name.split()
    article = ""
    if not words:
        return ""
    if name.isupper() or name.islower():
        if words[0].casefold() in {"the", "a", "an"} and len(words) > 1:
            words = words[1:]
            name, article = " ".join(words), "the "
        if words[-1].casefold() in lexicon.PEOPLE and all(word.isalpha() for word in words) and len(words) <= 3:
            known = all(
                word.casefold() in lexicon.PEOPLE | lexicon.PLACE_WORDS or _is_adjective(word) for word in words
            )
            if known:
                return "the " + name.lower()
        return article + " ".join(_capitalised(word) for word in words)
    first = words[0].casefold()
    return name[0].lower() + name[1:] if first in {"the", "a", "an"} and len(words) > 1 else name


def _is_adjective(word: str) -> bool:
    return word.casefold() in {"old", "young", "tall", "first", "second", "other"} or word.casefold().endswith(
        lexicon.ADJECTIVE_ENDINGS
    )


def _capitalised(word: str) -> str:
    return (
        re.sub(r"[^\W\d_]+", lambda part: part.group().capitalize(), word)
        .replace("'S", "'s")
        .replace("\u2019S", "\u2019s")
    )


def apart(cue: str, known: Iterable[str]) -> list[str]:
    """Who speaks under a cue of several (EDWARD AND WILL), where one of them is known by folded name; else nobody."""
    names = [spelled(part) for part in _JOINED.split(cue.partition("(")[0]) if part.strip()]
    several = 2 <= len(names) <= 4 and all(names) and max(len(name.split()) for name in names) <= 2
    return names if several and {name.casefold() for name in names} & set(known) else []


@lru_cache(maxsize=256)
def people_of(brief: SceneBrief) -> tuple[Person, ...]:
    """Everybody in the scene, in order: the given characters, the speakers, then the silent ones its text shows."""
    cues = list(dict.fromkeys((*brief.characters, *(line.character for line in brief.dialogue))))
    alone = {cue: spelled(cue) for cue in cues}
    known = {name.casefold() for name in alone.values()}
    given = [name for cue in cues for name in apart(cue, known) or [alone[cue]]]
    names = [name for name in dict.fromkeys(given) if name and not _NO_CUE.search(name)]
    prose = DEPICTED.sub(r"\1", "\n\n".join((brief.description, *brief.actions)))
    unseen = only_heard(brief)
    silent = introduced(prose) if names else list(dict.fromkeys(_found_names(prose)))
    silent = [name for name in silent if not any(_is_shorter(name, other) for other in silent)]
    names += [name for name in silent if not _is_part(name, names)]
    names = [name for name in names if name not in unseen]
    return tuple(
        Person(name, "left" if at % 2 == 0 else "right") for at, name in enumerate(_distinct(names)[:MAX_PEOPLE])
    )


def _is_part(name: str, names: Iterable[str]) -> bool:
    """True if a name only repeats another, whole or in part: LAURA PALMER and Laura."""
    words = set(name.casefold().split())
    return any(words & set(other.casefold().split()) - _COMMON - lexicon.PEOPLE - lexicon.TITLES for other in names)


def _is_shorter(name: str, other: str) -> bool:
    """True if another name has all words of this one and more: White and Mr. White."""
    return set(name.casefold().split()) < set(other.casefold().split())


def _distinct(names: list[str]) -> list[str]:
    """Without the ones that only repeat another in other letters (MARA and Mara)."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(name.casefold(), name)
    return list(seen.values())


def is_device(name: str) -> bool:
    """True if who is heard is a thing, or nobody's voice: a radio, the narrator."""
    cue = re.sub(r"[(\uff08].*", "", name).strip().casefold()
    words = re.findall(r"[^\W\d_]+", cue) or [""]
    return words[-1] in _VOICE_LAST or words[0] in lexicon.VOICES or cue.endswith("\u306e\u58f0")


def only_heard(brief: SceneBrief) -> frozenset[str]:
    """Speakers whose every line comes from out of frame and whom no sentence shows; a device is a thing where it is."""
    heard: dict[str, bool] = {}
    for line in brief.dialogue:
        name = spelled(line.character)
        heard[name] = heard.get(name, True) and is_unseen(line, line.parenthetical)
    only = [name for name, unseen in heard.items() if unseen and name]
    prose = _HEARD.sub(" ", "\n".join(brief.actions)).casefold() if only else ""
    return frozenset(
        name
        for name in only
        if is_device(name) or re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", prose) is None
    )


_NAMED_IN = re.compile(r" ?[(\uff08][^\W\d_a-z\u00df-\u00ff]{2}")
"""A bracket that names somebody else: "Ein Mann im Anzug (MAKLER, 35)"."""


def _aged(text: str) -> list[str]:
    """Names with an age behind them; JEFF AND KENNY (20s) are two."""
    text = _WIDE_PARTICLE.sub("\u3001", text)
    named = (
        one for one in _RE["aged"].finditer(text) if not _GOES_ON.search(text, max(0, one.start() - 60), one.start())
    )
    named = (
        one
        for one in named
        if one[1].isupper()
        or not (_ONE_OF_A_LIST.search(text[: one.start()][-60:]) or _NAMED_IN.match(text, one.end(1)))
    )
    found = (_in_capitals(_SENTENCE_END.split(one[1])[-1]) for one in named)
    return [spelled(one) for name in found for one in _BOTH.split(name) if one.casefold() not in _NO_NAME]


def _in_capitals(name: str) -> str:
    """Of words before an age those in capitals at the end: "Ihr Lehrling EMRE"; all, where none are."""
    words = name.split()
    first = next((at for at in range(len(words), 0, -1) if not _is_shouted(words[at - 1])), 0)
    return " ".join(words[first:]) or name


def _is_shouted(word: str) -> bool:
    return word.isupper() and len(word.strip(".")) > 1


def introduced(text: str) -> list[str]:
    """Names that the text brings in: in capitals before an age, a description or a verb, or with an age behind them."""
    text = text[:40_000]
    names = _aged(text)
    names += [
        spelled(re.sub(r"['\u2019]S?$", "", found.group()))
        for found in _RE["capitals"].finditer(text)
        if _is_name(found.group(), text[max(0, found.start() - 60) : found.start()], text[found.end() :][:60])
    ]
    return [name for name in dict.fromkeys(names) if name and name.casefold() not in _NO_NAME]


def _is_name(name: str, before: str, after: str) -> bool:
    """True if words in capitals name somebody: not a sound, thing or sign, nor in an all-capitals line."""
    words = [word.casefold().strip(".'") for word in name.split()]
    role = words[-1] in lexicon.PEOPLE
    common = _COMMON - lexicon.PLACE_WORDS if role else _COMMON  # an OLD WOMAN
    if any(word in lexicon.CAPITALS_NOT or word in common for word in words):
        return False
    if not is_given_name(words[0]) and not role:
        is_several = words[-1].endswith("s") and words[-1][:-1] in common  # "ancient SILVER TRAILERS are"
        is_common = words[0] in lexicon.SINGULAR_VERBS or words[0].removesuffix("s") in lexicon.IMPERSONAL
        is_deed = is_common and re.search(r"\w \Z", before)  # "Karen SHRIEKS, her body"
        if is_several or (len(words) == 1 and (is_deed or words[0] in lexicon.BASE_VERBS)):
            return False
    if not re.search(r"[a-z]", before + after) or SIGN.search(before):
        return False
    article = re.search(
        r"(?:\b(?:the|a|an|two|three|his|her|their|of|this|that|with)|[\u201c\"'])\s+$", before[-12:], re.IGNORECASE
    )
    if article and not role:
        return False
    if _RE["age_after"].match(after):
        return True
    verb = re.match(r"\s+([a-z]+)\b", after)
    return bool(verb) and (verb.group(1) in lexicon.SINGULAR_VERBS or verb.group(1) in _AUX_OR_PAST)


def _found_names(text: str) -> list[str]:
    """Names that act as subjects; where there are none, roles that do ("the dog")."""
    names = _aged(text[:40_000])
    sentences = [tokens_of(sentence) for sentence in split_sentences(text)[:300]]
    names += [name for tokens in sentences for name in _subjects(tokens)]
    roles = {name: tokens[0] for tokens in reversed(sentences) for name in _role_subjects(tokens)}
    told = [name for name in roles if roles[name].casefold() != "the" or name.rsplit(maxsplit=1)[-1] not in ANYBODY]
    return names or [*reversed(told or list(roles))]  # "The judge ... The woman" may be one


def _role_subjects(tokens: tuple[str, ...]) -> list[str]:
    if len(tokens) < 3 or tokens[0].casefold() not in {"a", "an", "the"}:
        return []
    for at in range(1, min(4, len(tokens) - 1)):
        after = tokens[at + 1]
        if tokens[at] in lexicon.PEOPLE and (after in lexicon.SINGULAR_VERBS or after in lexicon.AUX):
            return ["the " + " ".join(tokens[1 : at + 1]).lower()]
    return []


def _subjects(tokens: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for at, (token, after) in enumerate(pairwise(tokens)):
        folded = token.casefold()
        is_called = at > 0 and is_given_name(tokens[at - 1].casefold())
        is_name = token[0].isupper() and len(token) > 1 and token.isalpha() and (is_called or folded not in _NO_NAME)
        if not is_name or lexicon.is_adverb(folded):
            continue  # "Silently watches the door."
        joined = at > 1 and tokens[at - 1] == "and" and tokens[at - 2][:1].isupper() and tokens[at - 2].isalpha()
        if (
            joined
            and (after in lexicon.BASE_VERBS or after in _AUX_OR_PAST)
            and tokens[at - 2].casefold() not in _COMMON
        ):
            found += [tokens[at - 2], token]
            continue
        if after in _SEVERAL or (
            at == 0 and after in lexicon.AUX and not token.isupper() and not is_given_name(folded)
        ):
            continue  # nobody alone: "Papers are everywhere", "Equipment is stowed"
        if after not in lexicon.SINGULAR_VERBS and after not in _AUX_OR_PAST:
            continue
        before = tokens[at - 1] if at else ""
        if before == "." and at > 1 and tokens[at - 2].casefold() in lexicon.TITLES:
            before = f"{tokens[at - 2]}."
        titled = before[:1].isupper() and (before.casefold().strip(".") in lexicon.PEOPLE | lexicon.TITLES)
        led = before if titled or is_called or at < 2 or not before[:1].isupper() else tokens[at - 2]
        if {before.casefold(), led.casefold()} & {*lexicon.DETERMINERS, "of"} or folded in lexicon.PEOPLE:
            continue  # "The Millennium Falcon"
        name = " ".join(_cased(one) for one in (*_first_names(tokens[:at], token), token))
        found.append(f"{before} {name}" if titled else name)
    return found


def _first_names(before: Sequence[str], name: str) -> list[str]:
    """The words before a name that belong to it: of JANE BURNHAM, of Peter Halloran."""
    found: list[str] = []
    for word in reversed(before[-2:]):
        folded = word.casefold()
        alike = name.isupper() and word.isupper() and len(word) > 1 and folded not in _NO_FIRST
        if not word.isalpha() or folded in _COMMON or not (alike or (is_given_name(folded) and word[:1].isupper())):
            break
        found.insert(0, word)
    return found


def _cased(word: str) -> str:
    return sentence_case(word.lower()) if word.isupper() else word


def partner_of(person: Person, people: Iterable[Person]) -> Person | None:
    """The first one who faces `person` across the line."""
    return next((other for other in people if other.side != person.side), None)
