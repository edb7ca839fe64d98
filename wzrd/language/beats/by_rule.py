"""Beats of a scene by rule: sentence by sentence, who does what to whom with what. Pure.

A sentence is cut where somebody else begins to act. Of several deeds of one person the one that a picture must show
counts: contact before a deed, a deed before a posture. In doubt nothing is told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from wzrd.contracts.breakdown import Beat, Feeling
from wzrd.domain.names import id_of, voice_key
from wzrd.domain.shots import Line
from wzrd.language.beats.antecedents import Antecedents
from wzrd.language.beats.clauses import DeedClause, clauses_of
from wzrd.language.beats.continuity import LONGEST, holding, joined, lasting, together, weighed
from wzrd.language.beats.deeds import DeedReader
from wzrd.language.beats.feelings import feeling_said, feelings_in, felt_by
from wzrd.language.beats.omitted_subjects import THINGS_DO, has_no_subject, is_several, tells_of_subject
from wzrd.language.beats.on_screen import titles_of, without_titles
from wzrd.language.beats.pages import Page
from wzrd.language.beats.props import PropFinder, within_thing
from wzrd.language.people.mentions import Mentions, PersonMention, sentences_of
from wzrd.language.people.pronoun_words import DATA as ANTECEDENTS
from wzrd.language.people.pronoun_words import UNSPACED
from wzrd.language.people.register import Register
from wzrd.language.people.scene_people import DEPICTED, apart, is_marked_unseen, is_unseen
from wzrd.language.sound.speech import silence_for
from wzrd.language.words import lexicon
from wzrd.language.words.acts import DATA, acts_in, is_slow
from wzrd.language.words.comparisons import without_compared
from wzrd.language.words.sentences import is_headline
from wzrd.language.words.verb_forms import ActWord

LOOK, WORD, LEAST, SLOWER = 1.1, 0.14, 1.5, 2.0
"""Seconds of a beat: at first sight, a word of the page, at least; and more where the page is slow."""
SPOKEN_TAIL = 0.7
_MAX_SENTENCES = 600
_ASIDE = re.compile(r"(?<=\w) \([^()]*\)")
"""Words about somebody between brackets, which nobody does: "YUN (29, one sleeve burnt)"."""
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]*[\"\u201d]|" + DATA["filmed"], re.IGNORECASE)
"""Words in quotes, for the camera, for who watches, and for whom something is only behind: "Behind her, it falls"."""
_SOUNDED = re.compile(DATA["sounded"], re.IGNORECASE | re.DOTALL)
"""A sentence that says what is heard: "SFX: doorbell.", "MUSIC: toy piano."."""
_BESIDE = re.compile(str(ANTECEDENTS["beside"]), re.IGNORECASE)
"""Marks of a voice whose owner is there, only out of frame."""
_A_THING = re.compile(r"\s*(?:The|An?) \w+ \w+")
_RESULT = re.compile(DATA["result"], re.IGNORECASE)
"""Words behind which stands what a deed leads to: "so hard that their heads knock"."""
_THING_SUFFERS = re.compile(r"[;:] ?(?:the|its) ([a-z]+) (?:is|are|was|were) \w+(?: shut| open| up| down)?")
"""Something behind a semicolon that was done to a thing before: "climbs out; the door is tied shut"."""


class BeatReader:
    """Reads scenes in the film's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, props: PropFinder, language: str) -> None:
        self._register, self._mentions, self._props, self._language = register, mentions, props, language
        self._antecedents = Antecedents(register, mentions, language)
        self._deeds = DeedReader(register, mentions, props, self._antecedents, language)
        self._thing_acted = False
        self.profile = self._antecedents.profile

    def read(self, page: Page, present: Sequence[str], newcomers: Sequence[tuple[int, str]] = ()) -> tuple[Beat, ...]:
        """The scene's beats, in its order. `present`: ids of who is there, for a sentence that names nobody.

        `newcomers`: where the page names those whom the film has not met before, and their ids, in order.
        """
        self._antecedents.begin(present, newcomers)
        self._deeds.begin()
        self._thing_acted = False
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
        return lasting(holding(weighed(beats, self._props.key)), page.text)

    def _line(
        self, line: Line, start: int, number: int, lines: Sequence[Line], present: Sequence[str]
    ) -> Iterator[Beat]:
        if not line.text.strip():
            return
        speakers = self._speakers(line)
        speaker = next(iter(speakers), "")
        around = (*lines[number + 1 : number + 2], *reversed(lines[max(0, number - 2) : number]))
        others = [other for one in around for other in self._speakers(one)]
        listener = next((one for one in (*others, *present) if one and one not in speakers), "")
        acts = voice_key(line.character) in self._mentions.keys  # a narrator whom the page shows
        seen = not (is_marked_unseen if acts else is_unseen)(line, line.parenthetical)
        feeling: Feeling | None = next((one for _, one in feelings_in(line.parenthetical or "", self._language)), None)
        shouted = "anger" if line.text.isupper() and line.text.endswith("!") and len(line.text) > 6 else None
        felt = feeling or shouted or feeling_said(line.text, self._language)
        if speaker and seen:
            self._antecedents.remember(speaker)
            self._antecedents.subject = speaker
        elif speaker and _BESIDE.search(f"{line.character} {line.extension}"):
            self._antecedents.near = speaker
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

    def _speakers(self, line: Line) -> tuple[str, ...]:
        """Who says a line: of a cue of several each."""
        together = apart(line.character, self._mentions.keys) or [line.character]
        return tuple(filter(None, (id_of(self._register.canonical(name)) for name in together)))

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
        goes_on = self._thing_acted and len(acts) == 1 and acts[0].act in THINGS_DO and bare.strip(" .!").isalpha()
        self._thing_acted = not people and (goes_on or _A_THING.match(bare) is not None)
        if goes_on and not people:
            pass  # "The engine coughs. Dies."
        elif acts and has_no_subject(bare, people, acts[0], self._language) and (subject := self._antecedents.doer()):
            doers = (self._antecedents.doers() if is_several(bare, acts[0], self._language) else ()) or (subject,)
            people = [*(PersonMention(-1, -1, one) for one in doers), *people]  # ahead of all whom the sentence names
        elif not acts and tells_of_subject(bare, people, self._language) and (subject := self._antecedents.doer()):
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

    def _beat(
        self,
        clause: DeedClause,
        span: str,
        start: int,
        bare: str,
        acts: Sequence[ActWord],
        named: Sequence[tuple[int, str]],
    ) -> Beat:
        act, who, whom, props = self._deeds.read(clause, bare, acts)
        feelings = felt_by(bare, acts, (*who, *whom), named, who, self._language)
        words = len(span.split()) if " " in span else len(span) / 3
        seconds = LOOK + WORD * words + (SLOWER if is_slow(bare, self._language) else 0.0)
        return Beat(
            span=span[:4_000], start=start, act=act, who=who, whom=whom, props=props, feelings=feelings,
            seconds=_bounded(seconds, LONGEST),
        )  # fmt: skip


def without_depicted(text: str) -> str:
    """The text with blanks for whoever is only in a picture or in quotes: a photograph of Anna is no Anna."""
    return DEPICTED.sub(lambda found: (found[1] or "").ljust(len(found.group())), _masked(_QUOTED, text))


def _masked(pattern: re.Pattern[str], text: str) -> str:
    """The text with blanks in the place of what a pattern finds: all else stays where it is."""
    return pattern.sub(lambda found: " " * len(found.group()), text)


def _bounded(seconds: float, most: float) -> float:
    return round(min(max(seconds, LEAST), most), 2)
