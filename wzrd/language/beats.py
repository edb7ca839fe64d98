"""Beats of a scene by rule: sentence by sentence, who does what to whom with what. Pure.

A sentence is cut where somebody else begins to act. Of several deeds of one person the one that a picture must show
counts: contact before a deed, a deed before a posture. In doubt nothing is told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from wzrd.contracts.breakdown import CONTACT, Act, Beat, Feeling, Weight
from wzrd.domain.names import words_of
from wzrd.domain.shots import Line
from wzrd.language import lexicon, person_words
from wzrd.language.acts import ActWord, acts_in, feelings_in, is_slow, strength
from wzrd.language.mentions import Mentions, sentences_of
from wzrd.language.people import Register
from wzrd.language.pronouns import OBJECT_ENDS
from wzrd.language.props import PropFinder
from wzrd.language.scene_people import apart, is_unseen
from wzrd.language.speech import silence_for

_DECISIVE: frozenset[Act] = frozenset({
    "hug", "kiss", "hold_hands", "strike", "fight", "dodge", "aim", "shoot", "stab", "kneel_beside", "bend_over",
    "photograph", "hand_over", "take", "catch", "throw", "break", "cut", "fall", "jump", "weep", "scream", "die",
    "appear", "vanish", "burn", "explode", "hide", "show", "push", "drag", "dance", "wake", "laugh", "write", "dig",
})  # fmt: skip
"""Acts that decide something wherever they stand."""
LOOK, WORD, LEAST, LONGEST, SLOWER = 1.6, 0.16, 1.6, 9.0, 2.0
"""Seconds of a beat: at first sight, a word of the page, at least, at most; and more where the page is slow."""
SPOKEN_TAIL = 0.7
_TOKEN = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*|\u5f7c\u5973|\u5f7c")
_CUT = re.compile(
    r"[,;:\u2013\u2014\u3001\uff0c]|--|\b(?:and|but|while|as|then|when|who|und|w\u00e4hrend|et|puis|y|e|i|a|oraz)\b",
    re.IGNORECASE,
)
_OVERLAY = re.compile(
    r"(?:super(?:impose[ds]?)?|title(?: card| over)?|chyron|caption|subtitle)\b\s*[:\-\u2013\u2014\"\u201c]",
    re.IGNORECASE,
)
_OBJECT = frozenset(
    {"him", "her", "them", "ihn", "ihm", "ihr", "lui", "la", "le", "lo", "les", "go", "j\u0105", "mu", "jej", "leur"}
)
_IT = re.compile(
    r"\b(?:it|them|es|ihn|sie|lo|la|le|los|las|les|l['\u2019]|go|j\u0105|je|ne)(?!\w)|\u305d\u308c", re.IGNORECASE
)
_MAX_SENTENCES = 600
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]*[\"\u201d]")
_SIMILE = re.compile(
    r"\b(?:like (?=an?\b|the\b|you\b|some|he\b|she\b|they\b|it\b)|as (?:if|though)\b|as [\w-]+ as\b|"
    r"more [\w-]+ than\b|[\w-]+er than\b)[^.,;:!?\u2014]*|"
    r"\b(?:wie|comme|come|como) (?=eine?\b|une?\b|una?\b|uno\b|um\b|uma\b)[^.,;:!?\u2014]*",
    re.IGNORECASE,
)
"""Words by which something is only compared: it is not there."""
_THINGS_DO = frozenset(
    {"move", "burn", "explode", "appear", "vanish", "fall", "other", "break", "open", "close", "die"}
)
_OWN_BODY = re.compile(
    r"\s+(?:\w+\s+)?(?:hands?|fingers?|fists?|eyes?|face|gloves?|arms?|legs?|knees?|lips?|head)\b", re.IGNORECASE
)
_OWNERS: Mapping[str, person_words.Gender] = {
    "his": "man",
    "her": "woman",
    "sein": "man",
    "seine": "man",
    "ihre": "woman",
}
_DEFINITE = person_words.POSSESSIVES | frozenset({
    "the", "der", "die", "das", "den", "dem", "le", "la", "el", "il", "lo", "o", "a", "l'", "du", "au", "del", "al",
})  # fmt: skip
_FELT: Mapping[Act, Feeling] = {
    "hug": "tenderness", "kiss": "tenderness", "hold_hands": "tenderness", "weep": "grief", "laugh": "joy",
    "scream": "fear", "tremble": "fear",
}  # fmt: skip
"""Feeling that an act shows, where no word names another."""
_SEVERAL = frozenset({"they", "them", "ils", "elles", "ellos", "ellas", "loro", "eles", "elas", "oni"})
_WITH_ANOTHER: frozenset[Act] = frozenset({"hug", "kiss", "hold_hands", "fight", "dance"})
"""Acts of two: where one is named, the other is whoever was there last."""
_DROPPED = frozenset({"es", "it", "pt", "pl", "ja", "zh"})
"""Languages whose sentences need no subject."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Somebody in a sentence: an id, where the words stand, and True for a pronoun that cannot be a subject."""

    start: int
    end: int
    person: str
    is_object: bool = False
    owns: bool = False


@dataclass(slots=True)
class _Clause:
    """A stretch of a sentence with one subject."""

    start: int
    who: list[str] = field(default_factory=list[str])
    whom: list[str] = field(default_factory=list[str])
    acts: list[ActWord] = field(default_factory=list[ActWord])


@dataclass(frozen=True, slots=True)
class Page:
    """A scene's text: its paragraphs and lines in order, each with where it begins in `text`."""

    text: str
    parts: tuple[tuple[int, str | Line], ...]


def page_of(parts: Sequence[str | Line]) -> Page:
    """The text of a scene: what is seen and what is said, a blank line between two parts."""
    placed: list[tuple[int, str | Line]] = []
    at = 0
    for part in parts:
        placed.append((at, part))
        at += len(part if isinstance(part, str) else part.text) + 2
    return Page("\n\n".join(part if isinstance(part, str) else part.text for part in parts), tuple(placed))


class BeatReader:
    """Reads scenes in the film's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, props: PropFinder, language: str) -> None:
        self._register, self._mentions, self._props, self._language = register, mentions, props, language
        self._pronouns: Mapping[str, person_words.Gender] = {}
        self._recent: list[str] = []
        self._thing = ""
        self._present: tuple[str, ...] = ()

    def read(self, page: Page, present: Sequence[str]) -> tuple[Beat, ...]:
        """The scene's beats, in its order. `present`: ids of who is there, for a sentence that names nobody."""
        self._recent, self._thing, self._present = [], "", tuple(present)
        prose = " ".join(part for _, part in page.parts if isinstance(part, str))
        self._pronouns = person_words.pronouns_of(words_of(prose[:20_000]))
        beats: list[Beat] = []
        line_number = 0
        lines = [part for _, part in page.parts if isinstance(part, Line)]
        for start, part in page.parts:
            if isinstance(part, Line):
                beats += self._line(part, start, line_number, lines, present)
                line_number += 1
                continue
            at = 0
            for sentence in sentences_of(part)[:_MAX_SENTENCES]:
                at = part.index(sentence, at)
                beats += self._sentence(sentence, start + at)
                at += len(sentence)
        return _weighed(beats, self._props)

    def _line(
        self, line: Line, start: int, number: int, lines: Sequence[Line], present: Sequence[str]
    ) -> Iterator[Beat]:
        if not line.text.strip():
            return
        together = apart(line.character, self._mentions.keys) or [line.character]
        speakers = tuple(filter(None, (person_id(self._register.canonical(name)) for name in together)))
        speaker = next(iter(speakers), "")
        around = (*lines[number + 1 : number + 2], *reversed(lines[max(0, number - 2) : number]))
        others = [person_id(self._register.canonical(one.character)) for one in around]
        listener = next((one for one in (*others, *present) if one and one not in speakers), "")
        seen = not is_unseen(line, line.parenthetical)
        feeling = self._feeling(line.parenthetical or "")
        shouted = "anger" if line.text.isupper() and line.text.endswith("!") and len(line.text) > 6 else None
        felt = feeling or shouted
        if speaker and seen:
            self._remember(speaker)
        yield Beat(
            span=line.text,
            start=start,
            act="speak",
            who=speakers,
            whom=(listener,) if listener else (),
            feelings={speaker: felt} if felt and speaker else {},
            weight="decisive" if felt or number == len(lines) - 1 else "carrying",
            seen=seen,
            lines=(number,),
            seconds=_bounded(silence_for(line.text) + SPOKEN_TAIL, 60.0),
        )

    def _feeling(self, text: str) -> Feeling | None:
        return next((feeling for _, feeling in feelings_in(text, self._language)), None)

    def _sentence(self, sentence: str, start: int) -> Iterator[Beat]:
        """The beats of a sentence of the page."""
        if _OVERLAY.match(sentence.strip()) or not any(char.isalnum() for char in sentence):
            return
        bare = _masked(_QUOTED, _masked(_SIMILE, sentence))
        people, acts = self._people(bare), acts_in(bare, self._language)
        last = self._recent[-1:] or (self._present if len(self._present) == 1 else ())
        if not people and last and acts and self._has_no_subject(bare, acts[0]):
            people = [_Named(0, 0, last[0])]
        clauses = _clauses(bare, people, acts)
        bounds = [*(clause.start for clause in clauses[1:]), len(sentence)]
        for clause, end in zip(clauses, bounds, strict=True):
            first = 0 if clause is clauses[0] else clause.start
            raw = sentence[first:end]
            span = raw.strip()
            if span:
                inside = [replace(one, start=one.start - first, end=one.end - first) for one in clause.acts]
                yield self._beat(clause, span, start + first + raw.index(span), bare[first:end], inside)

    def _has_no_subject(self, sentence: str, first: ActWord) -> bool:
        """True if whoever acted last acts again: "Opens the door.", "Abre la puerta."."""
        leads = not any(char.isalnum() for char in sentence[: first.start])
        return leads or (self._language in _DROPPED and first.act not in _THINGS_DO)

    def _beat(self, clause: _Clause, span: str, start: int, bare: str, acts: Sequence[ActWord]) -> Beat:
        act = _strongest(clause)
        who = tuple(dict.fromkeys(clause.who))
        whom = tuple(one for one in dict.fromkeys(clause.whom) if one not in who)
        props = tuple(self._props.find(_without_acts(bare, acts))) or self._same_thing(bare, act)
        if act in {"bend_over", "kneel_beside"} and props:
            act = "lean"  # over a thing, not over somebody
        joins = act in CONTACT and (act == "hand_over" or not self._props.key & set(props))
        if joins and len(who) == 1 and not whom:
            whom = tuple(one for one in (*reversed(self._recent), *self._present) if one not in who)[:1]
        people = (*who, *whom)
        felt = feelings_in(bare, self._language)
        feeling = felt[0][1] if felt else _FELT.get(act)
        feelings: dict[str, Feeling] = {people[0]: feeling} if feeling and people else {}
        for one in people:
            self._remember(one)
        words = len(span.split()) if " " in span else len(span) / 3
        seconds = LOOK + WORD * words + (SLOWER if is_slow(bare, self._language) else 0.0)
        self._thing = props[0] if props else ""
        return Beat(
            span=span[:4_000], start=start, act=act, who=who, whom=whom, props=props, feelings=feelings,
            seconds=_bounded(seconds, LONGEST),
        )  # fmt: skip

    def _same_thing(self, text: str, act: Act) -> tuple[str, ...]:
        """The thing of the beat before, where a pronoun means it: "flings it into the fire"."""
        return (self._thing,) if self._thing and strength(act) > 1 and _IT.search(text) else ()

    def _people(self, sentence: str) -> list[_Named]:
        """Everybody whom a sentence names or means, in its order."""
        named = [
            _Named(one.start, one.end, person_id(self._register.canonical(one.key)), owns=_owns(sentence, one.end))
            for one in self._mentions.find(sentence)
        ]
        taken = [(one.start, one.end) for one in named]
        found = list(named)
        before = ""
        for token in _TOKEN.finditer(sentence):
            word = token.group().casefold().replace("\u2019", "'")
            owner, word = word.endswith("'s"), word.removesuffix("'s")
            inside = any(start <= token.start() < end for start, end in taken)
            several = _is_plural_pronoun(word, sentence[token.end() :])
            gender = "" if several else self._pronouns.get(word, "") or ("woman" if word == "sie" else "")
            owns = word in person_words.POSSESSIVES and not OBJECT_ENDS.match(sentence[token.end() :])
            if not inside and gender and not owns:
                here = [one.person for one in found if one.start < token.start()]
                if person := self._meant(gender, here, is_object=word in _OBJECT):
                    found.append(_Named(token.start(), token.end(), person, word in _OBJECT))
            elif not inside and word in person_words.POSSESSIVES and _OWN_BODY.match(sentence[token.end() :]):
                if person := self._meant(_OWNERS.get(word, ""), [one.person for one in found], is_object=False):
                    found.append(_Named(token.start(), token.end(), person))  # "His fingers close on the key"
            elif not inside and several:
                here = [one.person for one in found if one.start < token.start()]
                both = [one for one in reversed(self._recent) if word != "them" or one not in here][:2]
                found += [_Named(token.start(), token.end(), one, word == "them") for one in both]
            elif self._language == "fr" and word == "son":
                pass  # his, and nobody's child
            elif any(_names(sentence, before, token.end(), one) for one in named):
                pass  # "his wife LIZZIE", "his mother, Peggy, " is who is named
            elif not inside and _is_role(word, before) and not _apposed(sentence, token.start(), named):
                here = [one.person for one in found if one.start < token.start()]
                person = self._of_role(word, before, here)
                found.append(_Named(token.start(), token.end(), person, owns=owner))
            before = word
        return sorted(found, key=lambda one: one.start)

    def _of_role(self, word: str, before: str, here: Sequence[str]) -> str:
        """Whom a noun means: "his wife", "the old man" are somebody who is there, where one alone fits."""
        key = self._register.canonical(word)
        gender, age = person_words.NOUNS.get(word, ("", ""))
        if before in _DEFINITE and (gender or age) and key not in self._mentions.keys:
            fitting = [one for one in self._recent if one not in here and self._fits(one, gender, age)]
            if len(fitting) == 1:
                return fitting[0]
        return person_id(key)

    def _fits(self, person: str, gender: person_words.Gender, age: person_words.Age) -> bool:
        known = self._register.profile(person.casefold())
        ages = {"", "adult", "young"} if not age else {age, ""}
        return known.gender in {gender, ""} and (known.age in ages or (not age and known.age == "old"))

    def _meant(self, gender: person_words.Gender, here: Sequence[str], *, is_object: bool) -> str:
        """Whom a pronoun means: the last one of that gender; as an object nobody who acts in the same sentence."""
        taken = set(here) if is_object else set[str]()
        around = (*reversed(here), *reversed(self._recent), *self._present)
        candidates = [one for one in around if one not in taken]
        fitting = [one for one in candidates if self._register.profile(one.casefold()).gender == gender]
        loose = [one for one in candidates if not self._register.profile(one.casefold()).gender]
        return next(iter((*fitting, *loose)), "")

    def _remember(self, person: str) -> None:
        if person in self._recent:
            self._recent.remove(person)
        self._recent.append(person)


def _masked(pattern: re.Pattern[str], text: str) -> str:
    """The text with blanks in the place of what a pattern finds: all else stays where it is."""
    return pattern.sub(lambda found: " " * len(found.group()), text)


def _without_acts(text: str, acts: Sequence[ActWord]) -> str:
    """The text with blanks in the place of its verbs: "hooks" is no hook."""
    for one in acts:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def person_id(key: str) -> str:
    """The id of a person by the register's key."""
    return key.upper()[:80]


def _names(sentence: str, before: str, end: int, one: _Named) -> bool:
    """True if a noun that ends here is who is named right behind it, or behind a comma after "his"."""
    between = sentence[end : one.start]
    closed = sentence[one.end : one.end + 1] in {",", ".", "(", ")", ""}
    return between == " " or (between == ", " and closed and before in person_words.POSSESSIVES)


def _owns(sentence: str, end: int) -> bool:
    return sentence[end : end + 2] in {"'s", "\u2019s"}


def _is_plural_pronoun(word: str, after: str) -> bool:
    """True if a word means several who were named: they, ils, `sie` before a plural verb."""
    return word in _SEVERAL or (word == "sie" and re.match(r"\s+\w+en\b", after) is not None)


def _is_role(word: str, before: str) -> bool:
    """True if a noun means a person of the scene: behind an article, not as part of a name or a thing."""
    known = word in person_words.NOUNS or word in lexicon.PEOPLE
    if before in {"its", "ihrer"}:
        return False  # a thing's
    return known and (before in person_words.DETERMINERS or before in lexicon.ARTICLES or before in _TELLING)


def _apposed(sentence: str, at: int, named: Sequence[_Named]) -> bool:
    """True if a noun only says what somebody named just before is: TOBY, 11, her nephew."""
    last = max((one.end for one in named if one.end <= at), default=-1)
    between = sentence[last:at] if last >= 0 else ""
    return 0 < len(between) < 60 and between.lstrip()[:1] in {",", "("} and not _acts_between(between)


def _acts_between(text: str) -> bool:
    """True if a verb stands in a stretch of English text."""
    return any(word in lexicon.SINGULAR_VERBS for word in words_of(text))


_TELLING = person_words.ADJECTIVES.keys() | frozenset({"first", "second", "other", "tall", "short"})


def _strongest(clause: _Clause) -> Act:
    """Of several deeds the one that a picture must show; of equal ones the last: "takes it and throws it"."""

    def worth(one: ActWord) -> int:
        alone = one.act in CONTACT and one.act not in _WITH_ANOTHER and not clause.whom
        return min(strength(one.act), 2) if alone else strength(one.act)

    return max(reversed(clause.acts), key=worth).act if clause.acts else "other"


def _clauses(sentence: str, people: Sequence[_Named], acts: Sequence[ActWord]) -> list[_Clause]:
    """The sentence cut where somebody else begins to act."""
    events: list[_Named | ActWord] = sorted((*people, *acts), key=lambda one: one.start)
    current = _Clause(0)
    clauses = [current]
    for event, following in pairwise([*events, None]):
        if event is None:
            break
        if isinstance(event, ActWord):
            current.acts.append(event)
        elif not current.acts:
            current.who.append(event.person) if not event.owns or not current.who else None
        elif _begins(sentence, current, event, following):
            current = _Clause(event.start, [event.person])
            clauses.append(current)
        elif not event.owns or event.person not in current.who:
            current.whom.append(event.person)
    return clauses


def _begins(sentence: str, current: _Clause, event: _Named, following: "_Named | ActWord | None") -> bool:
    """True if somebody behind a verb is the subject of the next one."""
    if event.is_object or event.owns or not isinstance(following, ActWord):
        return False
    return _CUT.search(sentence[current.acts[-1].end : event.start]) is not None


def _weighed(beats: Sequence[Beat], props: PropFinder) -> tuple[Beat, ...]:
    """The beats with their weight: what decides, what leads on, what is colour."""
    found: list[Beat] = []
    shown: set[str] = set()
    last = max((at for at, beat in enumerate(beats) if beat.people and beat.seen), default=-1)
    for at, beat in enumerate(beats):
        new = [prop for prop in beat.props if prop in props.key and prop not in shown]
        shown.update(beat.props)
        weight: Weight = beat.weight
        if beat.act != "speak":
            if beat.act in _DECISIVE or new or beat.feelings or at == last:
                weight = "decisive"
            elif not beat.people and not beat.props:
                weight = "passing"
        found.append(_with_weight(beat, weight))
    return tuple(found)


def _with_weight(beat: Beat, weight: Weight) -> Beat:
    """The beat with this weight."""
    return beat if beat.weight == weight else beat.model_copy(update={"weight": weight})


def _bounded(seconds: float, most: float) -> float:
    return round(min(max(seconds, LEAST), most), 2)
