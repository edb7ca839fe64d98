"""Clauses of a sentence: who acts, on whom, with which verbs; cut where somebody else begins to act. Pure."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from wzrd.contracts.acts import CONTACT, Act
from wzrd.language.people.mentions import PersonMention
from wzrd.language.words.acts import DATA, strength
from wzrd.language.words.verb_forms import ActWord

_MARKS = "[,;:\u2013\u2014\u3001\uff0c]|--"
_ENGLISH = "and|but|while|as|then|when|who|because|so|until"
_OTHERS = (
    r"und|aber|w\u00e4hrend|weil|et|mais|puis|y|e|i|a|oraz|pero|ma|mas|ale|bo|en|maar|terwijl|och|medan|n\u00e4r|sedan|"
    r"\u0438|\u0430|\u043d\u043e|\u043f\u043e\u043a\u0430"
)


@cache
def cut_of(language: str) -> re.Pattern[str]:
    """Marks and words that may stand between two clauses; "a" is no word for "and" in English."""
    words = _ENGLISH if language == "en" else f"{_ENGLISH}|{_OTHERS}"
    return re.compile(rf"{_MARKS}|\b(?:{words})\b", re.IGNORECASE)


_MARK = re.compile(_MARKS)
_RELATIVE = re.compile(r"(?: ?\([^()]*\))?,? ((?:who|qui|que|che)\b)")
"""The word that begins a clause of whom something is done to: "beside MARA (60s), who lies there"."""
_PASSIVE = re.compile(r"\b(?:is|are|was|were|gets|being|be|been|wird|werden|est|sont|es|zostaje)\b", re.IGNORECASE)
_AGENT = re.compile(r"(\w+) (?:by|von|par|por|przez|da|door)(?: [^\W\d_]+,?){0,3}(?: and(?: \w+){0,2})? \Z")
_DOES = re.compile(r"\s*(?:(?:and|then) )?(?!(?:always|perhaps|besides|others|this|his|its)\b)[a-z]{2,}[^\Ws]s ")
"""An English verb, known or not, right before whom it is done to: "hooks a strut, snags Ade"."""
_NEAR = 60  # letters before somebody in which the verb of a passive stands
_DONE = re.compile(r"\w+(?:e[dn]|own|ung|ught|aken)\Z")
"""A form behind which "by" tells who does it."""
_WITH_ANOTHER: frozenset[Act] = frozenset({"hug", "kiss", "hold_hands", "fight", "dance"})
"""Acts of two: where one is named, the other is whoever was there last."""
_OF_FACES: frozenset[Act] = frozenset({"weep", "laugh", "scream", "tremble"})
"""Acts of a face, which the whole body of whoever kneels and weeps does not show."""
_OF_BODIES: frozenset[Act] = frozenset({"kneel", "fall", "crawl", "jump", "hug", "dance"})
_FAINT: frozenset[Act] = frozenset({"look", "listen", "other", "speak", "use", "wave", "walk", "move", "tremble"})
"""Of two acts of one rank the other one is shown."""


_DECISIVE: frozenset[str] = frozenset(DATA["decisive_acts"].split())
"""Deeds of which each is a beat of its own: "takes the rifle, breaks it and tosses him the pieces"."""
_LEADS_UP: frozenset[str] = frozenset(DATA["leading_acts"].split())
"""Deeds that only lead up to what the same people do next: "takes her hand and kisses it"."""
_IDLE = re.compile(r"\s*(?:[^\W\d_]+['\u2019]?\s*){0,2}")
"""Words between a conjunction and the next verb of whoever acted before it: an adverb, a pronoun."""


@cache
def _goes_on(language: str) -> re.Pattern[str]:
    """Marks and words behind which somebody does another thing."""
    words = "and|then" if language == "en" else "und|et|puis|y|e|i|oraz|en|och|\u0438|dann|poi|luego"
    return re.compile(rf"[,;\u3001\uff0c](?: (?:{words})(?!\w))?|(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


@dataclass(slots=True)
class DeedClause:
    """A stretch of a sentence with one subject. `start`: where it begins, its conjunction included."""

    start: int
    who: list[str] = field(default_factory=list[str])
    whom: list[str] = field(default_factory=list[str])
    agents: list[str] = field(default_factory=list[str])
    meant: list[str] = field(default_factory=list[str])
    datives: list[str] = field(default_factory=list[str])
    owners: list[str] = field(default_factory=list[str])
    owner_leads: bool = False
    acts: list[ActWord] = field(default_factory=list[ActWord])

    def strongest(self, props: Sequence[str]) -> Act:
        """Of several deeds the one that a picture must show; of equal ones the last: "takes it and throws it"."""
        laughs = any(one.act == "laugh" for one in self.acts)
        deed = any(one.act in _OF_BODIES for one in self.acts)

        def worth(one: ActWord) -> int:
            alone = one.act in CONTACT and one.act not in _WITH_ANOTHER and not (self.whom or self.meant)
            alone = alone or (one.act in {"take", "carry", "catch"} and bool(props))
            rank = min(strength(one.act), 1 + (one.act != "touch")) if alone else strength(one.act)
            # who hugs, and pats a back, hugs; who laughs through tears laughs
            felt = one.act in _OF_FACES and (deed or (one.act == "weep" and laughs))
            return 4 * rank - 2 * (one.act in _FAINT) - (one.act in {"touch", "other"} or felt)

        return max(reversed(self.acts), key=worth).act if self.acts else "other"

    def parties(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who does it, and to whom: a passive turned round."""
        if self.agents:
            return tuple(dict.fromkeys(self.agents)), tuple(dict.fromkeys((*self.who, *self.whom)))
        who = tuple(dict.fromkeys(self.who))
        return who, tuple(one for one in dict.fromkeys((*self.whom, *self.meant)) if one not in who)


def clauses_of(
    sentence: str, people: Sequence[PersonMention], acts: Sequence[ActWord], language: str = ""
) -> list[DeedClause]:
    """The sentence cut where somebody else begins to act."""
    clauses = [DeedClause(0)]
    pending = deque(acts)
    for place, after in pairwise([*sorted({one.start for one in people}), len(sentence) + 1]):
        while pending and pending[0].start < place:
            _take_deed(sentence, clauses, pending.popleft(), language)
        together = [one for one in people if one.start == place]
        acts_next = bool(pending) and pending[0].start < after
        _take_in(sentence, clauses, together, language, acts_next=acts_next)
        told = _RELATIVE.match(sentence, together[0].end) if acts_next and together[0].end > 0 else None
        if told and clauses[-1].acts and together[0].person in clauses[-1].whom:
            clauses.append(DeedClause(told.start(1), [one.person for one in together]))
    for one in pending:
        _take_deed(sentence, clauses, one, language)
    return clauses


def _take_deed(sentence: str, clauses: list[DeedClause], act: ActWord, language: str) -> None:
    """Puts a verb into the last clause, or into one of its own where the same people go on to something else."""
    current = clauses[-1]
    before = next((one.act for one in reversed(current.acts) if one.act in _DECISIVE), act.act)
    ends = before not in _LEADS_UP | {act.act} and act.act in _DECISIVE - _OF_FACES - {"hand_over"}
    if ends and current.who and not current.agents:
        found = next(reversed([*_goes_on(language).finditer(sentence, current.acts[-1].end, act.start)]), None)
        if found and _IDLE.fullmatch(sentence, found.end(), act.start):
            clauses.append(DeedClause(found.start(), [*current.who]))
    clauses[-1].acts.append(act)


def _take_in(
    sentence: str, clauses: list[DeedClause], together: Sequence[PersonMention], language: str, *, acts_next: bool
) -> None:
    """Puts those whom one word means where they belong: into the last clause, or into one of their own."""
    current, event = clauses[-1], together[0]
    cut = _cut_before(sentence, current, event, language)
    named = [one.person for one in together]
    agent = bool(current.acts) and _is_agent(sentence[max(current.start, event.start - _NEAR) : event.start])
    if event.is_object or agent:
        current.datives += named if event.dative else []
        of = current.agents if agent else current.whom
        of = current.meant if event.pronoun and not event.dative else of
        of += named
    elif current.acts and not current.who and not event.owns and is_participle(sentence, current.acts[0]):
        (current.whom if cut is None else current.who).extend(named)
    elif current.owner_leads and not current.acts and not event.owns:
        current.owners, current.who, current.owner_leads = (
            [*current.owners, *current.who],
            named,
            False,
        )  # "Ben's mother"
    elif not current.acts or (not current.who and not event.owns and cut is None):
        current.owner_leads |= event.owns and not current.who
        (current.owners if event.owns and current.who else current.who).extend(named)
    elif cut is not None and acts_next and not event.owns and set(named) != set(current.who):
        clauses.append(DeedClause(cut, named))
    else:
        current.whom += [one for one in named if not event.owns or one not in current.who]


def _is_agent(ahead: str) -> bool:
    """True if these words end with "pushed by the": who follows does it."""
    found = _AGENT.search(ahead)
    if found is None or found[1].endswith("ing"):
        return False
    return _PASSIVE.search(ahead) is not None or _DONE.match(found[1]) is not None


def is_participle(sentence: str, first: ActWord) -> bool:
    """True if a sentence begins with a form that the next subject is of: "Wrapped in a blanket, Lena plays"."""
    word = sentence[first.start : first.end]
    return not any(map(str.isalnum, sentence[: first.start])) and word.endswith(("ed", "ing", "en", "own"))


def _cut_before(sentence: str, current: DeedClause, event: PersonMention, language: str) -> int | None:
    """Where the next clause begins: behind the last comma between a verb and somebody, else at a conjunction."""
    if not current.acts:
        return None
    start = current.acts[-1].end
    between = sentence[start : event.start]
    marks = list(_MARK.finditer(between))
    if language == "en" and _DOES.fullmatch(between, marks[-1].end() if marks else 0):
        return None
    if marks:
        return start + marks[-1].end()
    word = cut_of(language).search(between)
    return start + word.start() if word else None
