"""The deed of a clause: which act it is, who does it, to whom, with what. Pure."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple, TypeAlias

from wzrd.contracts.acts import CONTACT, Act
from wzrd.domain.names import id_of
from wzrd.language.beats.bodies import between, body
from wzrd.language.beats.clauses import DeedClause
from wzrd.language.beats.feelings import feelings_in
from wzrd.language.beats.props import PropFinder
from wzrd.language.beats.referents import Referents
from wzrd.language.people.mentions import Mentions
from wzrd.language.people.pronoun_words import UNSPACED, is_meant_thing
from wzrd.language.people.register import Register
from wzrd.language.words import lexicon
from wzrd.language.words.acts import ASLEEP, DATA, NOT_HELD, WORN, strength
from wzrd.language.words.role_words import BEASTS
from wzrd.language.words.verb_forms import ActWord, is_reflexive

_OF_PEOPLE: frozenset[Act] = frozenset({"hug", "kiss", "hold_hands", "hand_over", "kneel_beside"})
"""Acts that need a second person, whatever thing is with them."""
_AT_PEOPLE: frozenset[Act] = frozenset({"strike", "push", "stab", "drag", "fight"})
_HURTS: frozenset[Act] = frozenset({"strike", "push", "shoot", "stab", "fight", "drag", "aim"})
_GIVING: frozenset[Act] = frozenset({"hand_over", "throw", "take", "put_down", "show", "lift", "open", "read", "break"})
_TO_THINGS: frozenset[Act] = frozenset({
    "put_down", "open", "close", "read", "write", "break", "cut", "eat", "drink", "smoke", "cook", "burn", "dig",
})  # fmt: skip
"""Acts that are done to the thing that a sentence has named before its pronoun."""
_AT_REST: frozenset[Act] = frozenset({"other", "lie", "look", "close"})
"""Acts with which somebody may be told to be asleep: "Even unconscious he looks pleased"."""
_HANDLED: frozenset[Act] = frozenset(
    {"hold", "take", "put_down", "other", "move", "use", "close", "lift", "walk", "lean"}
)
"""Acts that are a touch where they are done to somebody's face, hand or shoulder."""
_PUTS: frozenset[Act] = frozenset({"put_down", "use", "push", "strike", "throw", "carry", "drag"})
"""Acts by which a thing comes into somebody's hand: "drückt ihn ihr in die Hand", "slaps it into his palm"."""
_NECK = re.compile(DATA["neck"], re.IGNORECASE)
"""The part of somebody round which a thing is worn that hands do not take."""
_GIVEN_BY: frozenset[str] = _PUTS | {"hug", "hold_hands", "touch"}
_LIFTED = re.compile(DATA["lifted"], re.IGNORECASE)
"""Where somebody is held who is lifted: under the arms, in somebody's arms."""
_SEIZES = re.compile(rf"(?<!\w)(?:{DATA['seizes']})", re.IGNORECASE)
"""Verbs that take somebody's arm without tenderness."""
_OUT_OF = re.compile(rf"(?<!\w)(?:{DATA['out_of']})(?: \w+){{0,2}} \Z", re.IGNORECASE)
"""Words before somebody's hand or head that a thing is taken from."""
_BE = re.compile(r"\b(?:is|are|was|were|been|being|gets?|got)(?: \w+ly)? \Z", re.IGNORECASE)
_ONTO_SEAT = re.compile(DATA["onto_seat"], re.IGNORECASE)
"""A chair, a bench or a sofa that somebody drops into."""
_RESTRAINS = re.compile(rf"(?<!\w)(?:{DATA['restrains']})", re.IGNORECASE)
"""Verbs that hold somebody without tenderness."""
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
_VERB = re.compile(r"[^\W_]+")
_TRIPS = re.compile(r"trip(?:s|ped|ping)? (?!over |on )")
_TO_ONESELF = re.compile(
    r"\b(?:to|against) (?:his|her|their) (?:chest|breast|body|belly|stomach|heart)\b", re.IGNORECASE
)
"""Where a thing is hugged, which is nobody's arms."""
_IT = re.compile(r"(?<![\w'\u2019])it(?![\w'\u2019])|^\W*It['\u2019]s\b", re.IGNORECASE)


@cache
def _there(language: str) -> re.Pattern[str]:
    """Words for a place in or on the thing that was named before: darauf, dedans."""
    return re.compile(rf"(?<!\w)(?:{DATA['there'].get(language, '(?!)')})\s*(?:[.,:;!]|$)", re.IGNORECASE)


_BEASTS = frozenset(map(id_of, BEASTS))
"""Ids of nouns for any animal."""
_Parties: TypeAlias = tuple[Act, tuple[str, ...], tuple[str, ...]]
"""An act, who does it, and to whom."""


class Deed(NamedTuple):
    """An act, the ids of who does it and to whom, and those of the things with it."""

    act: Act
    who: tuple[str, ...]
    whom: tuple[str, ...]
    props: tuple[str, ...]


class DeedReader:
    """Reads the deeds of a film's clauses in their order; remembers the things of it, and which was named last."""

    def __init__(
        self, register: Register, mentions: Mentions, props: PropFinder, antecedents: Referents, language: str
    ) -> None:
        self._register, self._mentions, self._props, self._language = register, mentions, props, language
        self._antecedents = antecedents
        self._thing = ""
        self._met: set[str] = set()  # ids of the things of the film so far

    def begin(self) -> None:
        """A scene begins."""
        self._thing = ""

    def read(self, clause: DeedClause, bare: str, acts: Sequence[ActWord]) -> Deed:
        """The deed of a clause, whose words and verbs these are."""
        props = tuple(self._props.find(_without_acts(self._without_names(bare), acts), bare, acts))
        if clause.meant and self._language != "en" and self._handles(clause, bare, acts, props):
            clause.meant = []
        act, who, whom = self._of_owner(clause, bare, props, _parties(clause, props))
        if not clause.agents and self._language == "en" and any(_is_suffered(bare, one) for one in acts):
            act = "fall" if act == "throw" else act  # who is thrown by nobody
            who, whom = ((), (*who, *(one for one in whom if one not in who))) if act != "fall" else (who, whom)
        if not whom and (act in CONTACT | {"kneel_beside"} or (who and body(self._language).search(bare))):
            whom = tuple(one for one in dict.fromkeys(clause.owners) if one not in who)
        act, who, whom = self._of_body(clause, bare, acts, (act, who, whom))
        props = tuple(dict.fromkeys((*props, *self._same_thing(bare, act, whom, props))))
        alive = {*map(self._props.id_of_noun, (*who, *whom))}  # a dog that barks
        alive |= _BEASTS if self._antecedents.beast in (*who, *whom) else set()
        props = tuple(one for one in props if one not in alive)
        self._met.update(props)
        act, who, whom = _settled(_of_people(act, who, props, bare[acts[0].start if acts else 0 :]), who, whom)
        if whom and self._is_dressing(bare, act, props, to_somebody=bool(clause.datives)):
            act = "touch"
        else:
            act = self._as_done_to(self._as_it_stands(act, whom), whom, props, bare, acts)
        props = props or self._same_thing(bare, act, whom, props)
        self._antecedents.fall_asleep(who, whom, act, told=act in _AT_REST and ASLEEP.search(bare) is not None)
        if not who and not whom and (owner := self._antecedents.owner_ahead(bare) or self._who_shows(bare)):
            act, whom = "other" if act in CONTACT else act, (owner,)
        elif act in {"hug", "kiss"} and not whom and self._is_thing_held(bare, acts, props):
            act = "hold" if act == "hug" else act  # "hugs the picture"
        elif (
            act in _AT_PEOPLE
            and not whom
            and any(is_reflexive(bare, one.start, one.end, self._language) for one in acts)
        ):
            pass  # "elle se frappe"
        elif act in CONTACT and len(who) == 1 and not whom and not self._antecedents.is_several(who[0]):
            alone = act in _AT_PEOPLE and not props and not self._props.has_object(bare, acts, act)
            others = self._antecedents.others(who)
            single = (one for one in others if alone or not self._antecedents.is_several(one))
            whom = tuple(islice(single, 1)) if alone or act in _OF_PEOPLE else ()
        self._remember(clause, act, who, whom, acts)
        self._thing = self._spoken_of(bare, acts, props) or self._thing
        return Deed(act, who, whom, props)

    def _of_owner(self, clause: DeedClause, text: str, props: Sequence[str], deed: _Parties) -> _Parties:
        """A deed that somebody's thing stands for: "Her gun is level with his nose."."""
        act, who, whom = deed
        owned = clause.owner_leads or (whom and not who)
        if not owned or any(one.act != "other" for one in clause.acts):
            return deed
        owner = self._antecedents.owner_ahead(text)
        if not owner or owner in (*who, *whom):
            return deed
        return "aim" if _WEAPONS & set(props) else act, (owner,), (*who, *whom)

    def _remember(
        self, clause: DeedClause, act: Act, who: Sequence[str], whom: Sequence[str], acts: Sequence[ActWord]
    ) -> None:
        """Keep whom the next pronoun may mean; a fragment about one of several parts nobody."""
        if clause.owner_leads and not acts and self._antecedents.is_nameless(who):
            return
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
        return is_thing and not body(self._language).search(_TO_ONESELF.sub(" ", text))

    def _handles(self, clause: DeedClause, text: str, acts: Sequence[ActWord], props: Sequence[str]) -> bool:
        """True if an object's pronoun means a thing and nobody: "lo levanta", "nimmt eine Bohne, zerbei\u00dft sie"."""
        if not self._thing and not props:
            return False
        held = between(self._language).search(text) if self._thing else None
        if held and body(self._language).search(text[: held.start()]) is None:
            return True  # "la gira tra le mani"
        done = {one.act for one in clause.acts}
        if clause.whom and done & _GIVING and not clause.datives:
            return True  # "la prende e la porge a Giulia"
        if props or not done & _GIVING:
            if body(self._language, hands=True).search(text):
                return False  # "gli mette la lettera in mano"
            return bool(done) and done <= _TO_THINGS
        return body(self._language).search(text, acts[-1].end if acts else 0) is None  # "la saisit par le poignet"

    def _without_names(self, text: str) -> str:
        """The text with blanks for the names of a script without spaces: the bell of \u304a\u9234."""
        for one in self._mentions.find(text) if self._language in UNSPACED else ():
            text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
        return text

    def _of_body(self, clause: DeedClause, text: str, acts: Sequence[ActWord], deed: _Parties) -> _Parties:
        """A deed whose subject is a part of somebody, or what their hands hold: "W r\u0119kach Kariny dziecko."."""
        act, who, whom = deed
        hands = body(self._language, hands=True).search(text) if not acts and (whom or clause.owners) else None
        if hands and not text[: hands.start()].strip() and self._language not in UNSPACED:
            return "hold", (*clause.owners, *whom)[:1], who
        if act == "weep" and not who and not whom and (subject := self._antecedents.doer()):
            return act, (subject,), ()  # "Une larme roule sur sa joue."
        if not who and self._body_leads(text, acts) and (subject := (*whom, self._antecedents.doer())[0]):
            return act, (subject,), whom[1:]
        return deed

    def _who_shows(self, text: str) -> str:
        """Whoever acted last, where a body tells what nobody is said to feel: "Une veine bat \u00e0 sa tempe."."""
        felt = body(self._language).search(text) and feelings_in(text, self._language)
        return self._antecedents.doer() if felt else ""

    def _body_leads(self, text: str, acts: Sequence[ActWord]) -> bool:
        """True if a part of a body is what acts: "Her hands shake.", "La mano le cuelga"."""
        found = body(self._language).search(text[: acts[0].start] if acts else text)
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
        into = body(self._language, hands=True).search(text)
        ahead = [one.act for one in acts if into is None or one.start < into.start()]
        puts = "put_down" in ahead or (into is not None and bool(_PUTS & set(ahead[-1:])))
        if not (puts or any(one.act in {"hug", "push"} for one in acts)):
            return False
        taken = puts and any(one.act == "hold_hands" for one in acts)  # "prend la main de Marcel, y pose la liasse"
        if not taken and into is None:
            return False
        text = text if puts or into is None else text[: into.end()]  # "runs into his arms, and the book falls"
        if puts and self._thing and (_IT.search(text) or is_meant_thing(text, self._language)):
            return True
        held = (one.casefold() for one in self._props.find(_without_acts(self._without_names(text), acts)))
        return any(one not in NOT_HELD for one in held)

    def _is_dressing(self, text: str, act: Act, props: Sequence[str], *, to_somebody: bool) -> bool:
        """True if something that is worn is put on somebody: "setzt ihr den Hut auf", "se la pone a ella"."""
        puts = act == "put_down" or (to_somebody and act in {"use", "carry", "other", "touch"})
        into = body(self._language, hands=True).search(text)
        held = into is not None and _NECK.search(into.group()) is None  # "drückt ihr den Hut in die Hand"
        return puts and not held and any(one.casefold() in WORN for one in props)

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
        held_to = (
            _THROAT.search(text) if whom and act in _HANDLED | {"touch", "push"} and _BLADES & set(props) else None
        )
        threatens = held_to and not _OUT_OF.search(text[: held_to.start()])
        raised = act == "point" or (act == "lift" and self._language != "en")  # English has "raises the gun"
        if threatens or (raised and _WEAPONS & set(props)):
            return "aim"
        known = {one for one in set(props) - _BLADES if one.casefold() in lexicon.OBJECTS}
        if act == "fight" and not whom and known & set(self._props.objects(text, acts)):
            return "drag"  # with a wheel, a door
        if act == "strike" and _BALLS & set(props):
            return "throw"  # kicks a ball to somebody
        if act in {"hold", "hug"} and whom and _HELD_OPEN.match(text, acts[0].end if acts else 0):
            return "open"  # for whoever comes through
        if whom and (act in _HANDLED or act in _GIVEN_BY) and self._is_given(text, acts):
            return "hand_over"
        return _touching(act, whom, props, text, acts[0].end if acts else -1, body(self._language))


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
    if found := body.search(text, max(0, end)):
        taken = act == "take" and (_SEIZES.search(text) or (props and _OUT_OF.search(text[: found.start()])))
        return act if taken else "touch"
    held: Act = "touch" if _RESTRAINS.search(text) else "hug"  # "lo sujeta", "h\u00e4lt ihn zur\u00fcck"
    return held if act == "hold" and not props else act


def _parties(clause: DeedClause, props: Sequence[str]) -> _Parties:
    """Act of a clause, who does it, and to whom."""
    act = clause.strongest(props)
    who, whom = clause.parties()
    if act == "put_down" and clause.datives and props and clause.who and set(clause.datives) - set(clause.who):
        worn = any(one.casefold() in WORN for one in props)
        return "touch" if worn else "hand_over", who, whom  # round somebody's neck, into somebody's hand
    if act == "put_down" and clause.datives and not clause.who:
        return act, tuple(dict.fromkeys(clause.datives)), ()  # "se le cae el cuchillo"
    return act, who, whom


def _of_people(act: Act, who: Sequence[str], props: Sequence[str], behind: str) -> Act:
    """An act as people do it: who explodes screams, who drops into a chair sits. `behind`: text from the verb on."""
    if act == "explode" and who and not props:
        return "scream"
    return "sit" if act in {"fall", "jump"} and _ONTO_SEAT.search(behind) else act


def _settled(act: Act, who: tuple[str, ...], whom: tuple[str, ...]) -> _Parties:
    """An act and its people where one side is missing: "slips from her fingers", over a thing and not somebody."""
    if act in {"put_down", "weep"} and not who and len(whom) == 1:
        return act, whom, ()
    if act in {"bend_over", "kneel_beside"} and not whom:
        return "lean" if act == "bend_over" else "kneel", who, whom
    return act, who, whom


def _is_suffered(text: str, one: ActWord) -> bool:
    """True if who stands before a verb does not do it: "Anna has been shot"."""
    is_done = one.act in _HURTS or one.act in CONTACT or one.act == "throw"
    return is_done and not text[one.start : one.end].endswith("ing") and _BE.search(text[: one.start]) is not None


def _without_acts(text: str, acts: Sequence[ActWord]) -> str:
    """The text with blanks in the place of its verbs: "hooks" is no hook, but a bottle tipped over is one."""
    for one in acts:
        start = 1 + max(one.start - 1, *(text.rfind(mark, one.start, one.end) for mark in "\u3092\u304c\u306b"))
        verb = _VERB.sub(lambda found: " " * len(found.group()), text[start : one.end], count=1)
        text = text[:start] + verb + text[one.end :]
    return text
