"""Beats of a scene by rule: sentence by sentence, who does what to whom with what. Pure.

A sentence is cut where somebody else begins to act. Of several deeds of one person the one that a picture must show
counts: contact before a deed, a deed before a posture. In doubt nothing is told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import TypeAlias

from wzrd.contracts.breakdown import CONTACT, Act, Beat, Feeling
from wzrd.domain.names import id_of, voice_key, words_of
from wzrd.domain.shots import Line
from wzrd.language.beats.antecedents import Antecedents
from wzrd.language.beats.clauses import DeedClause, clauses_of, cut_of, is_participle
from wzrd.language.beats.continuity import LONGEST, holding, joined, lasting, together, weighed
from wzrd.language.beats.feelings import feeling_said, feelings_in
from wzrd.language.beats.on_screen import titles_of, without_titles
from wzrd.language.beats.props import PropFinder, names_thing, within_thing
from wzrd.language.people.mentions import Mentions, PersonMention, sentences_of
from wzrd.language.people.pronoun_words import UNSPACED, is_meant_thing
from wzrd.language.people.register import Register
from wzrd.language.people.scene_people import DEPICTED, apart, is_marked_unseen, is_unseen
from wzrd.language.sound.speech import silence_for
from wzrd.language.words import lexicon
from wzrd.language.words.acts import (
    ASLEEP,
    BETWEEN,
    BODY,
    DATA,
    HANDS,
    INTO,
    NOT_HELD,
    ActWord,
    acts_in,
    is_slow,
    strength,
)
from wzrd.language.words.comparisons import without_compared
from wzrd.language.words.role_words import DROPPED, DROPS, articles_of, connectives, is_governing
from wzrd.language.words.sentences import is_headline

LOOK, WORD, LEAST, SLOWER = 1.1, 0.14, 1.5, 2.0
"""Seconds of a beat: at first sight, a word of the page, at least; and more where the page is slow."""
SPOKEN_TAIL = 0.7
_FRAGMENT = 3  # words of a sentence without a verb that tells a feeling
_MAX_SENTENCES = 600
_ASIDE = re.compile(r"(?<=\w) \([^()]*\)")
"""Words about somebody between brackets, which nobody does: "YUN (29, one sleeve burnt)"."""
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]*[\"\u201d]|" + DATA["filmed"], re.IGNORECASE)
"""Words in quotes, for the camera, for who watches, and for whom something is only behind: "Behind her, it falls"."""
_SOUNDED = re.compile(DATA["sounded"], re.IGNORECASE | re.DOTALL)
"""A sentence that says what is heard: "SFX: doorbell.", "MUSIC: toy piano."."""
_THINGS_DO = frozenset(
    {"move", "burn", "explode", "appear", "vanish", "fall", "other", "break", "open", "close", "die"}
)
_A_THING = re.compile(r"\s*(?:The|An?) \w+ \w+")
_OF_PEOPLE: frozenset[Act] = frozenset({"hug", "kiss", "hold_hands", "hand_over", "kneel_beside"})
"""Acts that need a second person, whatever thing is with them."""
_AT_PEOPLE: frozenset[Act] = frozenset({"strike", "push", "stab", "drag", "fight"})
_HURTS: frozenset[Act] = frozenset({"strike", "push", "shoot", "stab", "fight", "drag", "aim"})
_GIVING: frozenset[Act] = frozenset({"hand_over", "throw", "take", "put_down", "show", "lift", "open", "read", "break"})
_TO_THINGS: frozenset[Act] = frozenset({
    "put_down", "open", "close", "read", "write", "break", "cut", "eat", "drink", "smoke", "cook", "burn", "dig",
})  # fmt: skip
"""Acts that are done to the thing that a sentence has named before its pronoun."""
_WORD = re.compile(r"[\w.-]+ ")
"""A name or a pronoun right before what its bearer feels: "finds her sobbing"."""
_DENIED = re.compile(DATA["denied"], re.IGNORECASE)
"""Words that say that a feeling is not there: "He does not look happy", "She stops crying"."""
_TEARING: frozenset[Act] = frozenset({"break", "drag", "cut"})
_AT_REST: frozenset[Act] = frozenset({"other", "lie", "look", "close"})
"""Acts with which somebody may be told to be asleep: "Even unconscious he looks pleased"."""
_HANDLED: frozenset[Act] = frozenset(
    {"hold", "take", "put_down", "other", "move", "use", "close", "lift", "walk", "lean"}
)
"""Acts that are a touch where they are done to somebody's face, hand or shoulder."""
_LIFTED = re.compile(DATA["lifted"], re.IGNORECASE)
"""Where somebody is held who is lifted: under the arms, in somebody's arms."""
_RESULT = re.compile(DATA["result"], re.IGNORECASE)
"""Words behind which stands what a deed leads to: "so hard that their heads knock"."""
_SEIZES = re.compile(rf"(?<!\w)(?:{DATA['seizes']})", re.IGNORECASE)
"""Verbs that take somebody's arm without tenderness."""
_BE = re.compile(r"\b(?:is|are|was|were|been|being|gets?|got)(?: \w+ly)? \Z", re.IGNORECASE)
_BALLS = frozenset({"BALL", "PUCK", "FOOTBALL", "BASKETBALL"})
_WEAPONS = frozenset({"GUN", "REVOLVER", "PISTOL", "RIFLE", "SHOTGUN", "CROSSBOW", "BOW"})
_BLADES = _WEAPONS | {"KNIFE", "RAZOR", "SWORD", "DAGGER", "BLADE", "BAYONET"}
_THROAT = re.compile(DATA["throat"], re.IGNORECASE)
"""Where a weapon is held that threatens somebody."""
_HELD_OPEN = re.compile(rf" (?:[^\W\d_]+ )??(?:{DATA['held_open']})", re.IGNORECASE)
"""A door behind the verb that holds it."""
_TOUCHED = re.compile(
    r"\b(?:against|on|at|to|in|into|under|around|round|over) (?:his|her|their|\w+['\u2019]s) \w", re.IGNORECASE
)
"""Somebody's ear, shoulder, lap, where no verb says what is done to it."""
_THING_SUFFERS = re.compile(r"[;:] ?(?:the|its) ([a-z]+) (?:is|are|was|were) \w+(?: shut| open| up| down)?")
"""Something behind a semicolon that was done to a thing before: "climbs out; the door is tied shut"."""
_TRIPS = re.compile(r"trip(?:s|ped|ping)? (?!over |on )")
_TO_ONESELF = re.compile(
    r"\b(?:to|against) (?:his|her|their) (?:chest|breast|body|belly|stomach|heart)\b", re.IGNORECASE
)
"""Where a thing is hugged, which is nobody's arms."""
_IT = re.compile(r"(?<![\w'\u2019])it(?![\w'\u2019])|^\W*It['\u2019]s\b", re.IGNORECASE)
_SEVERAL_DO: Mapping[str, str] = {
    "es": "[aei]n", "it": "[aeo]no", "pt": "[ae]m", "pl": "(?:ją|szą|czą|dzą|rą|mią|nią|wią)",
}  # fmt: skip
"""Endings of verbs that several do."""
_WIDE_SUBJECT = re.compile("[\u4e00-\u9fff\u30a1-\u30fc][\u304c\u306f]")
_INVERTED = frozenset({"de", "es", "it", "nl", "pt", "pl", "ru", "sv"})
"""Languages in which a subject may stand behind its verb."""


@cache
def _body(language: str, *, hands: bool = False) -> re.Pattern[str]:
    """Words for parts of a body, which somebody has: "Her hands shake."; `hands`: those that take what is given."""
    if hands:
        into, hand = INTO.get(language, "(?!)"), HANDS.get(language, "(?!)")
        lead = "" if language in UNSPACED else rf"(?<!\w)(?:{into})(?: \w+){{0,2}}[ '](?=(?:{hand})(?!\w))"
        return re.compile(rf"{lead}(?:{hand})", re.IGNORECASE)
    words = BODY.get(language, "").split()
    listed = "|".join(map(re.escape, words)) or "(?!)"
    return re.compile(listed if language in UNSPACED else rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)


@cache
def _between(language: str) -> re.Pattern[str]:
    """Words for somebody's own hands, in which a thing is."""
    return re.compile(BETWEEN.get(language, "(?!)"), re.IGNORECASE)


@cache
def _there(language: str) -> re.Pattern[str]:
    """Words for a place in or on the thing that was named before: darauf, dedans."""
    return re.compile(rf"(?<!\w)(?:{DATA['there'].get(language, '(?!)')})\s*(?:[.,:;!]|$)", re.IGNORECASE)


@cache
def _dropped(language: str) -> re.Pattern[str]:
    """Beginnings of sentences whose subject is left out: "Non si muove.", "Da un paso."."""
    return re.compile(rf"\W*(?:{DROPS.get(language, '(?!)')})", re.IGNORECASE)


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


_Deed: TypeAlias = tuple[Act, tuple[str, ...], tuple[str, ...]]
"""An act, who does it, and to whom."""


class BeatReader:
    """Reads scenes in the film's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, props: PropFinder, language: str) -> None:
        self._register, self._mentions, self._props, self._language = register, mentions, props, language
        self._antecedents = Antecedents(register, mentions, language)
        self._thing, self._thing_acted = "", False
        self._met: set[str] = set()  # ids of the things of the film so far

    def read(self, page: Page, present: Sequence[str], newcomers: Sequence[tuple[int, str]] = ()) -> tuple[Beat, ...]:
        """The scene's beats, in its order. `present`: ids of who is there, for a sentence that names nobody.

        `newcomers`: where the page names those whom the film has not met before, and their ids, in order.
        """
        self._antecedents.begin(present, newcomers)
        self._thing, self._thing_acted = "", False
        beats: list[Beat] = []
        line_number = 0
        lines = [part for _, part in page.parts if isinstance(part, Line)]
        titles = titles_of(page.parts)
        for start, part in page.parts:
            if isinstance(part, Line):
                beats += self._line(part, start, line_number, lines, present)
                line_number += 1
                continue
            at, prose = 0, without_titles(part, start, titles)
            for sentence in sentences_of(prose)[:_MAX_SENTENCES]:
                at = prose.index(sentence, at)
                beats += self._sentence(sentence, start + at)
                at += len(sentence)
        beats = together(joined(beats, page.text), page.text)
        return lasting(holding(weighed(beats, self._props.key)))

    def _line(
        self, line: Line, start: int, number: int, lines: Sequence[Line], present: Sequence[str]
    ) -> Iterator[Beat]:
        if not line.text.strip():
            return
        together = apart(line.character, self._mentions.keys) or [line.character]
        speakers = tuple(filter(None, (id_of(self._register.canonical(name)) for name in together)))
        speaker = next(iter(speakers), "")
        around = (*lines[number + 1 : number + 2], *reversed(lines[max(0, number - 2) : number]))
        others = [id_of(self._register.canonical(one.character)) for one in around]
        listener = next((one for one in (*others, *present) if one and one not in speakers), "")
        acts = voice_key(line.character) in self._mentions.keys  # a narrator whom the page shows
        seen = not (is_marked_unseen if acts else is_unseen)(line, line.parenthetical)
        feeling: Feeling | None = next((one for _, one in feelings_in(line.parenthetical or "", self._language)), None)
        shouted = "anger" if line.text.isupper() and line.text.endswith("!") and len(line.text) > 6 else None
        felt = feeling or shouted or feeling_said(line.text, self._language)
        if speaker and seen:
            self._antecedents.remember(speaker)
            self._antecedents.subject = speaker
        yield Beat(
            span=line.text[:4_000],
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

    def _sentence(self, sentence: str, start: int) -> Iterator[Beat]:
        """The beats of a sentence of the page."""
        if not any(char.isalnum() for char in sentence):
            return
        bare = without_depicted(without_compared(self._language, _masked(_SOUNDED, sentence)))
        acts = self._acts(bare)
        people = self._antecedents.find(bare, acts, start)
        if is_headline(bare) and not any(self._is_told(bare, one) for one in people):
            acts, people = (), []
        named = [one for one in people if not one.pronoun]
        aside = [found.span() for found in _ASIDE.finditer(bare)] if "(" in bare else []
        aside += [(name.start, name.end) for name in named]  # Grace, Pops
        acts = [one for one in acts if not any(start <= one.start < end for start, end in aside)]
        goes_on = self._thing_acted and len(acts) == 1 and acts[0].act in _THINGS_DO and bare.strip(" .!").isalpha()
        self._thing_acted = not people and (goes_on or _A_THING.match(bare) is not None)
        if goes_on and not people:
            pass  # "The engine coughs. Dies."
        elif acts and self._has_no_subject(bare, people, acts[0]) and (subject := self._antecedents.doer()):
            doers = (self._antecedents.doers() if self._is_several(bare, acts[0]) else ()) or (subject,)
            people = [*(PersonMention(-1, -1, one) for one in doers), *people]  # ahead of all whom the sentence names
        elif not acts and self._tells_of_subject(bare, people) and (subject := self._antecedents.doer()):
            people = [PersonMention(-1, -1, subject), *(one for one in people if one.person != subject)]
        clauses = clauses_of(bare, people, acts, self._language)
        bounds = [*(clause.start for clause in clauses[1:]), len(sentence)]
        for clause, end in zip(clauses, bounds, strict=True):
            first = 0 if clause is clauses[0] else clause.start
            raw = sentence[first:end]
            span = raw.strip(" \n\t,;:\u2013\u2014\u3001\uff0c")
            if span:
                inside = clause.acts
                if first:
                    inside = [replace(one, start=one.start - first, end=one.end - first) for one in inside]
                here = [(one.start - first, one.person) for one in people if first <= max(0, one.start) < end]
                yield self._beat(clause, span, start + first + raw.index(span), bare[first:end], inside, here)

    def _acts(self, sentence: str) -> tuple[ActWord, ...]:
        """The verbs of a sentence, up to what a deed leads to."""
        acts = acts_in(sentence, self._language)
        if self._language == "en":
            things = [found.span() for found in _THING_SUFFERS.finditer(sentence) if found[1] not in lexicon.PERSONS]
            acts = tuple(one for one in acts if not any(start <= one.start < end for start, end in things))
        if (result := _RESULT.search(sentence)) and acts and acts[0].start < result.start():
            acts = tuple(one for one in acts if one.start < result.start())
        if self._language in UNSPACED:
            acts = tuple(one for one in acts if not within_thing(sentence, one.start, one.end, self._language))
        return acts

    def _is_told(self, sentence: str, mention: PersonMention) -> bool:
        """True if a mention is a name or a pronoun, and no "ALL"."""
        return mention.pronoun or any(True for _ in self._mentions.find(sentence[mention.start : mention.end]))

    def _has_no_subject(self, sentence: str, people: Sequence[PersonMention], first: ActWord) -> bool:
        """True if whoever acted last acts again: "Opens the door.", "Abre la puerta."."""
        leads_on = is_participle(sentence, first) or (self._language in UNSPACED and _ends_with(sentence, people))
        if leads_on and any(not one.is_object and not one.owns for one in people):
            return False
        if first.act == "weep" and any(one.owns for one in people):
            return False  # "A tear runs down her cheek."
        cut = cut_of(self._language).search(sentence, first.end)
        end = cut.start() if cut and cut.group() != ":" else len(sentence)
        people = [one for one in people if one.start < end or one.start < first.start]
        if any(not one.is_object and not one.owns for one in people if one.start < first.start):
            return False
        if self._has_own_subject(sentence[: first.start]) and not _body(self._language).search(sentence):
            return False
        if all(word in connectives(self._language) for word in words_of(sentence[: first.start].casefold())):
            return self._language not in _INVERTED or not any(not one.is_object for one in people)
        dropped = self._language in DROPPED and (first.act not in _THINGS_DO or bool(people))
        return dropped and not any(not one.is_object and not one.owns for one in people)

    def _is_several(self, sentence: str, first: ActWord) -> bool:
        """True if a verb without a subject is told of several: "Brindan.", "Cadono."."""
        ends = _SEVERAL_DO.get(self._language)
        return ends is not None and re.match(rf"\w*{ends}(?!\w)", sentence[first.start :]) is not None

    def _tells_of_subject(self, sentence: str, people: Sequence[PersonMention]) -> bool:
        """True if a sentence without a known verb and a subject is told of whoever acted last."""
        led = self._is_felt(sentence) or _dropped(self._language).match(sentence) is not None
        owned = self._language in DROPPED  # "Ajeita a gravata dele."
        return led and all(one.is_object or (owned and one.owns and one.pronoun) for one in people)

    def _is_felt(self, sentence: str) -> bool:
        """True if a sentence is no more than what somebody feels: "Surprised."."""
        words = sentence.casefold().split()
        alone = len(words) <= _FRAGMENT and not sentence.isupper() and not (lexicon.AUX | lexicon.ARTICLES) & set(words)
        return alone and bool(feelings_in(sentence, self._language))

    def _has_own_subject(self, ahead: str) -> bool:
        """True if a noun that is nobody stands before the verb: "Las llaves salen volando"."""
        if self._language == "ja":
            return _WIDE_SUBJECT.search(ahead) is not None
        words = ahead.casefold().split()
        if self._language in {"pl", "ru"} and words and names_thing(words[-1].strip(","), self._language):
            return True  # "Pociąg wjeżdża w tunel."
        if self._language not in DROPPED or len(words) <= 1:
            return False
        articles = articles_of(self._language)  # "Accanto a lui un gatto dorme"
        return words[0] in articles or (words[-2] in articles and not is_governing(words[-3:-2], self._language))

    def _beat(
        self,
        clause: DeedClause,
        span: str,
        start: int,
        bare: str,
        acts: Sequence[ActWord],
        named: Sequence[tuple[int, str]],
    ) -> Beat:
        props = tuple(self._props.find(_without_acts(self._without_names(bare), acts), bare, acts))
        if clause.meant and self._language != "en" and self._handles(clause, bare, acts, props):
            clause.meant = []
        act, who, whom = self._of_owner(clause, bare, props, _parties(clause, props))
        if not clause.agents and self._language == "en" and any(_is_suffered(bare, one) for one in acts):
            act = "fall" if act == "throw" else act  # who is thrown by nobody
            who, whom = ((), (*who, *(one for one in whom if one not in who))) if act != "fall" else (who, whom)
        if not whom and (act in CONTACT or (who and _body(self._language).search(bare))):
            whom = tuple(one for one in dict.fromkeys(clause.owners) if one not in who)
        act, who, whom = self._of_body(clause, bare, acts, (act, who, whom))
        props = tuple(dict.fromkeys((*props, *self._same_thing(bare, act, whom, props))))
        props = tuple(one for one in props if one not in map(self._props.id_of_noun, (*who, *whom)))  # a dog that barks
        self._met.update(props)
        act, who, whom = _settled(act, who, whom)
        act = self._as_done_to(self._as_it_stands(act, whom), whom, props, bare, acts)
        props = props or self._same_thing(bare, act, whom, props)
        self._antecedents.fall_asleep(who, whom, act, told=act in _AT_REST and ASLEEP.search(bare) is not None)
        if not who and not whom and (owner := self._antecedents.owner_ahead(bare) or self._who_shows(bare)):
            act, whom = "other" if act in CONTACT else act, (owner,)
        elif act in {"hug", "kiss"} and not whom and self._is_thing_held(bare, acts, props):
            act = "hold" if act == "hug" else act  # "hugs the picture"
        elif act in CONTACT and len(who) == 1 and not whom and not self._antecedents.is_several(who[0]):
            alone = act in _AT_PEOPLE and not props and not self._props.has_object(bare, acts, act)
            others = self._antecedents.others(who)
            single = (one for one in others if alone or not self._antecedents.is_several(one))
            whom = tuple(islice(single, 1)) if alone or act in _OF_PEOPLE else ()
        people = (*who, *whom)
        feelings = self._feelings(bare, acts, people, named, who)
        if not (clause.owner_leads and not acts and self._antecedents.is_nameless(who)):
            self._remember(act, who, whom, acts)
        words = len(span.split()) if " " in span else len(span) / 3
        seconds = LOOK + WORD * words + (SLOWER if is_slow(bare, self._language) else 0.0)
        self._thing = self._spoken_of(bare, acts, props) or self._thing
        return Beat(
            span=span[:4_000], start=start, act=act, who=who, whom=whom, props=props, feelings=feelings,
            seconds=_bounded(seconds, LONGEST),
        )  # fmt: skip

    def _of_owner(self, clause: DeedClause, text: str, props: Sequence[str], deed: _Deed) -> _Deed:
        """A deed that somebody's thing stands for: "Her gun is level with his nose."."""
        act, who, whom = deed
        owned = clause.owner_leads or (whom and not who)
        if not owned or any(one.act != "other" for one in clause.acts):
            return deed
        owner = self._antecedents.owner_ahead(text)
        if not owner or owner in (*who, *whom):
            return deed
        return "aim" if _WEAPONS & set(props) else act, (owner,), (*who, *whom)

    def _remember(self, act: Act, who: Sequence[str], whom: Sequence[str], acts: Sequence[ActWord]) -> None:
        """Keeps whom the next pronoun may mean; a fragment about one of several parts nobody."""
        for one in (*who, *whom):
            self._antecedents.remember(one)
        self._antecedents.patient = whom[0] if whom and act in _HURTS else ""
        if who:
            if acts or len(who) > 1:
                self._antecedents.keep_company(who)
            self._antecedents.subject = who[0]
            self._antecedents.acted[who[0]] += 1

    def _is_thing_held(self, text: str, acts: Sequence[ActWord], props: Sequence[str]) -> bool:
        """True if the object of a sentence's verbs is a thing, and nobody's arms: "hugs the picture"."""
        is_thing = bool(set(self._props.objects(text, acts)) & set(props))
        return is_thing and not _body(self._language).search(_TO_ONESELF.sub(" ", text))

    def _handles(self, clause: DeedClause, text: str, acts: Sequence[ActWord], props: Sequence[str]) -> bool:
        """True if an object's pronoun means a thing and nobody: "lo levanta", "nimmt eine Bohne, zerbei\u00dft sie"."""
        if not self._thing and not props:
            return False
        held = _between(self._language).search(text) if self._thing else None
        if held and _body(self._language).search(text[: held.start()]) is None:
            return True  # "la gira tra le mani"
        done = {one.act for one in clause.acts}
        if clause.whom and done & _GIVING and not clause.datives:
            return True  # "la prende e la porge a Giulia"
        if props or not done & _GIVING:
            if _body(self._language, hands=True).search(text):
                return False  # "gli mette la lettera in mano"
            return bool(done) and done <= _TO_THINGS
        return _body(self._language).search(text, acts[-1].end if acts else 0) is None  # "la saisit par le poignet"

    def _feelings(
        self,
        text: str,
        acts: Sequence[ActWord],
        people: Sequence[str],
        named: Sequence[tuple[int, str]],
        who: Sequence[str],
    ) -> dict[str, Feeling]:
        """Feelings that a beat names: of whoever acts and is named last before the word, else of all who act."""
        found: dict[str, Feeling] = {}
        if {one.act for one in acts} == {"sleep"}:
            return found  # "sleeps on his feet, his forehead against the wall"
        torn = {one.start for one in acts if one.act in _TEARING or text[one.start : one.end] == "tears"} - {
            one.start for one in acts if one.act == "weep"
        }  # "tears the cloth"
        for at, feeling in feelings_in(text, self._language):
            last = max((start for start, person in named if start < at and person in who), default=-1)
            owners = [person for start, person in named if start == last and person in who]
            several = who if len(who) > 1 and not any(start < at for start, _ in named) else people[:1]
            ahead = (one for start, one in named if one not in who and _WORD.fullmatch(text[start:at]))
            seen = next(ahead, "") if self._language == "en" else ""
            if (at not in torn or feeling != "grief") and not _DENIED.search(text[:at]):
                found |= dict.fromkeys([seen] if seen else owners or several, feeling)
        if any(one.act == "laugh" for one in acts):  # "laughs until she cries"
            return {person: "joy" if feeling == "grief" else feeling for person, feeling in found.items()}
        return found

    def _without_names(self, text: str) -> str:
        """The text with blanks for the names of a script without spaces: the bell of \u304a\u9234."""
        for one in self._mentions.find(text) if self._language in UNSPACED else ():
            text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
        return text

    def _of_body(self, clause: DeedClause, text: str, acts: Sequence[ActWord], deed: _Deed) -> _Deed:
        """A deed whose subject is a part of somebody, or what their hands hold: "W r\u0119kach Kariny dziecko."."""
        act, who, whom = deed
        hands = _body(self._language, hands=True).search(text) if not acts and (whom or clause.owners) else None
        if hands and not text[: hands.start()].strip() and self._language not in UNSPACED:
            return "hold", (*clause.owners, *whom)[:1], who
        if act == "weep" and not who and not whom and (subject := self._antecedents.doer()):
            return act, (subject,), ()  # "Une larme roule sur sa joue."
        if not who and self._body_leads(text, acts) and (subject := (*whom, self._antecedents.doer())[0]):
            return act, (subject,), whom[1:]
        return deed

    def _who_shows(self, text: str) -> str:
        """Whoever acted last, where a body tells what nobody is said to feel: "Une veine bat \u00e0 sa tempe."."""
        felt = _body(self._language).search(text) and feelings_in(text, self._language)
        return self._antecedents.doer() if felt else ""

    def _body_leads(self, text: str, acts: Sequence[ActWord]) -> bool:
        """True if a part of a body is what acts: "Her hands shake.", "La mano le cuelga"."""
        found = _body(self._language).search(text[: acts[0].start] if acts else text)
        return found is not None and (
            self._language not in UNSPACED or text[found.end() : found.end() + 1] in "\u304c\u306f"
        )

    def _same_thing(self, text: str, act: Act, whom: Sequence[str], props: Sequence[str]) -> tuple[str, ...]:
        """The thing of the beat before, where a pronoun means it: "flings it into the fire"."""
        if self._language == "en" and (found := _IT.search(text)):
            named = bool(props) and bool(self._props.find(text[: found.start()]))  # "slides a key across and hands it"
            return (self._thing,) if self._thing and not named else ()
        if self._thing and _there(self._language).search(text):
            return (self._thing,)  # "Darauf steht sein Name."
        means = self._thing and not props and strength(act) > 1 and (not whom or act in _GIVING)
        return (self._thing,) if means and is_meant_thing(text, self._language) else ()

    def _spoken_of(self, text: str, acts: Sequence[ActWord], props: Sequence[str]) -> str:
        """The thing that the next "it" means: what the last verb is done to, else what is named last."""
        objects = [one for one in self._props.objects(text, acts) if one in props]
        folded = text.casefold()
        return next(reversed(objects), "") or max(props, key=lambda one: folded.rfind(one.casefold()), default="")

    def _is_given(self, text: str, acts: Sequence[ActWord]) -> bool:
        """True if a thing is put into somebody's hand, arms or lap: "lays it in the palm", "in die Arme"."""
        puts = any(one.act == "put_down" for one in acts)
        if not (puts or any(one.act in {"hug", "push"} for one in acts)):
            return False
        taken = puts and any(one.act == "hold_hands" for one in acts)  # "prend la main de Marcel, y pose la liasse"
        into = _body(self._language, hands=True).search(text)
        if not taken and into is None:
            return False
        text = text if puts or into is None else text[: into.end()]  # "runs into his arms, and the book falls"
        if puts and self._thing and (_IT.search(text) or is_meant_thing(text, self._language)):
            return True
        held = (one.casefold() for one in self._props.find(_without_acts(self._without_names(text), acts)))
        return any(one not in NOT_HELD for one in held)

    def _as_it_stands(self, act: Act, whom: Sequence[str]) -> Act:
        """An act by what the film has shown: who shoots a ball runs, who crouches by a child that is up only kneels."""
        if act == "shoot" and _BALLS & self._met and not _WEAPONS & self._met:
            return "run"
        up = act == "kneel_beside" and whom and not self._antecedents.lies(whom[0])
        return "kneel" if up and self._register.profile(whom[0].casefold()).age in {"child", "teen"} else act

    def _as_done_to(
        self, act: Act, whom: Sequence[str], props: Sequence[str], text: str, acts: Sequence[ActWord]
    ) -> Act:
        """An act as it is when it is done to somebody: to hold one is to hug, to take a face is to touch."""
        threatens = whom and act in _HANDLED and _BLADES & set(props) and _THROAT.search(text)
        raised = act == "point" or (act == "lift" and self._language != "en")  # English has "raises the gun"
        if threatens or (raised and _WEAPONS & set(props)):
            return "aim"
        if act == "fight" and props and not whom:
            return "drag"  # with a wheel, a door
        if act == "strike" and _BALLS & set(props):
            return "throw"  # kicks a ball to somebody
        if act in {"hold", "hug"} and whom and _HELD_OPEN.match(text, acts[0].end if acts else 0):
            return "open"  # for whoever comes through
        if whom and (act in _HANDLED or act in {"hug", "push", "hold_hands"}) and self._is_given(text, acts):
            return "hand_over"
        return _touching(act, whom, props, text, acts[0].end if acts else -1, _body(self._language))


def _touching(act: Act, whom: Sequence[str], props: Sequence[str], text: str, end: int, body: re.Pattern[str]) -> Act:
    """An act as it is where somebody's body is what it is done to. `end`: of the first verb, -1 where none is."""
    if not whom:  # "legt den Finger ans Kinn", "si porta una mano al petto"
        return "touch" if act in {"put_down", "carry"} and not props and body.search(text) else act
    if act == "fall" and _TRIPS.search(text):
        return "push"  # "trips him with her umbrella"
    if act not in _HANDLED or not (end >= 0 or _TOUCHED.search(text)):
        return act
    if act == "lift" and _LIFTED.search(text, max(0, end)):
        return "carry"
    if body.search(text, max(0, end)):
        return act if act == "take" and _SEIZES.search(text) else "touch"
    return "hug" if act == "hold" and not props else act


def _parties(clause: DeedClause, props: Sequence[str]) -> _Deed:
    """Act of a clause, who does it, and to whom."""
    act = clause.strongest(props)
    who, whom = clause.parties()
    if act == "put_down" and clause.datives and props and clause.who and set(clause.datives) - set(clause.who):
        worn = all(one.casefold() in NOT_HELD for one in props)
        return "touch" if worn else "hand_over", who, whom  # round somebody's neck, into somebody's hand
    if act == "put_down" and clause.datives and not clause.who:
        return act, tuple(dict.fromkeys(clause.datives)), ()  # "se le cae el cuchillo"
    return act, who, whom


def _settled(act: Act, who: tuple[str, ...], whom: tuple[str, ...]) -> _Deed:
    """An act and its people where one side is missing: "slips from her fingers", over a thing and not somebody."""
    if act in {"put_down", "weep"} and not who and len(whom) == 1:
        return act, whom, ()
    if act in {"bend_over", "kneel_beside"} and not whom:
        return "lean" if act == "bend_over" else "kneel", who, whom
    return act, who, whom


def _ends_with(sentence: str, people: Sequence[PersonMention]) -> bool:
    """True if a sentence ends with who does it, as relative clauses of Japanese do."""
    end = len(sentence.rstrip(" \u3002."))
    return any(one.end == end and not one.is_object for one in people)


def _is_suffered(text: str, one: ActWord) -> bool:
    """True if who stands before a verb does not do it: "Anna has been shot"."""
    is_done = one.act in _HURTS or one.act in CONTACT or one.act == "throw"
    return is_done and not text[one.start : one.end].endswith("ing") and _BE.search(text[: one.start]) is not None


def without_depicted(text: str) -> str:
    """The text with blanks for whoever is only in a picture or in quotes: a photograph of Anna is no Anna."""
    return DEPICTED.sub(lambda found: (found[1] or "").ljust(len(found.group())), _masked(_QUOTED, text))


def _masked(pattern: re.Pattern[str], text: str) -> str:
    """The text with blanks in the place of what a pattern finds: all else stays where it is."""
    return pattern.sub(lambda found: " " * len(found.group()), text)


def _without_acts(text: str, acts: Sequence[ActWord]) -> str:
    """The text with blanks in the place of its verbs: "hooks" is no hook."""
    for one in acts:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _bounded(seconds: float, most: float) -> float:
    return round(min(max(seconds, LEAST), most), 2)
