"""Beats, and how sentences become beats: who acts, which things a camera could show, where the look falls."""

import re
from dataclasses import dataclass

from wzrd.language.scene_people import Person
from wzrd.language import lexicon
from wzrd.language.person_words import PLURALS, is_given_name
from wzrd.language.sentences import Clause, embedded, read_clause, sentence_case, tokens_of

_BODY = frozenset({"hand", "hands", "eye", "eyes", "fist", "fingers", "boot", "boots", "glove", "gloves", "face"})
_THE = frozenset({"a", "an", "the", "his", "her", "its", "their", "this", "that", "another", "one", "my", "your"})
_HOLDERS = frozenset(
    {"glass", "cup", "bottle", "mug", "bowl", "plate", "pot", "jar", "bucket", "box", "tray", "photograph", "map"}
)
_COMPOUNDS = (lexicon.OBJECTS | lexicon.LARGE | lexicon.PLACES.keys() | lexicon.PLACE_WORDS) - {"of", "the", "and"}
_BOUNDS = lexicon.PREPOSITIONS | lexicon.CONJUNCTIONS
_GRAMMAR = _BOUNDS | lexicon.DETERMINERS | lexicon.PRONOUNS | lexicon.AUX
_COUNT = frozenset({"two", "three", "four", "five", "six", "these", "those", "both"})


@dataclass(frozen=True, slots=True)
class Beat:
    """One moment. `text` is a whole sentence without its period; `inner` the same inside another, if it can be bent.

    A speech has `speaker` (None when unseen) and `line`; `listener` faces the speaker across the line.
    """

    text: str
    inner: str | None = None
    verb: str = ""
    title: str = ""
    people: tuple[Person, ...] = ()
    objects: tuple[str, ...] = ()
    gaze: str = ""
    line: str = ""
    speaker: Person | None = None
    listener: Person | None = None
    manner: str = ""


def prose_beats(sentences: list[str], people: tuple[Person, ...], names: frozenset[str]) -> list[Beat]:
    """One beat a sentence. `names` are the folded words of the people's names."""
    beats: list[Beat] = []
    last: tuple[Person, ...] = ()
    for raw in sentences:
        text = _resolved(_without_shouting(raw, people), last)
        beat = _prose_beat(text, people, names)
        others = set(tokens_of(text)) & lexicon.PEOPLE
        alone = others <= {word for person in beat.people for word in person.words}
        last = (beat.people if alone else ()) if beat.people or others else last
        beats.append(beat)
    return beats


def _prose_beat(text: str, people: tuple[Person, ...], names: frozenset[str]) -> Beat:
    clause = read_clause(text, names | lexicon.PEOPLE)
    present = _people_in(text, clause, people)
    inner = embedded(text, names) if clause.verb_at is not None else None
    return Beat(
        text=sentence_case(text),
        inner=inner,
        verb="feel" if _is_close(clause) else clause.verb_class,
        title=_title(clause.tokens, clause.verb_at),
        people=present,
        objects=_objects(clause, present),
        gaze=_gaze(clause) if clause.verb_class == "look" else "",
    )


def _is_close(clause: Clause) -> bool:
    """True if the sentence is about a face or hands and asks for a close frame."""
    near = {token.casefold() for token in clause.tokens} & lexicon.CLOSE_WORDS
    return bool(near) and clause.verb_class not in {"motion", "strike", "rise", "fall"}


def _without_shouting(text: str, people: tuple[Person, ...]) -> str:
    """Names and stressed words in capitals as prose spells them; acronyms stay."""
    spelling = {word.casefold(): word for person in people for word in person.name.split()}
    everything = text.isupper() and len(text) > 8

    def spell(found: re.Match[str]) -> str:
        words = found.group().split()
        if all(word.casefold() in spelling for word in words):
            return " ".join(spelling[word.casefold()] for word in words)
        if len(words) > 1 and not everything:
            return found.group()  # a sign, a headline: it is read as it stands
        return " ".join(calm(word) for word in words)

    def calm(word: str) -> str:
        if word.casefold() in spelling:
            return spelling[word.casefold()]
        if word.casefold() in lexicon.ACRONYMS:
            return word
        known = word.casefold() in lexicon.OBJECTS | lexicon.PEOPLE | lexicon.MASS | lexicon.DETERMINERS
        if not known and not everything and is_given_name(word.casefold()):
            return word.capitalize()
        return word.lower() if everything or known or len(word) > 3 else word

    return re.sub(r"\b[A-Z]{2,}(?: [A-Z]{2,})*\b", spell, text)


def _resolved(text: str, last: tuple[Person, ...]) -> str:
    """`She lights the lamp` after a sentence about one person: that person lights it."""
    first, _, rest = text.partition(" ")
    if len(last) == 1 and last[0].words[-1:] and last[0].words[-1] in PLURALS:
        return text
    if rest and len(last) == 1 and first.casefold() in {"he", "she"}:
        return f"{sentence_case(last[0].name)} {rest}"
    if rest and len(last) == 1 and first.casefold() in {"his", "her"}:
        return f"{sentence_case(last[0].name)}'s {rest}"
    if rest and len(last) == 2 and first.casefold() == "they":
        return f"{sentence_case(last[0].name)} and {last[1].name} {rest}"
    return text


def _people_in(text: str, clause: Clause, people: tuple[Person, ...]) -> tuple[Person, ...]:
    words = {token.casefold().removesuffix("'s") for token in clause.tokens}
    folded = text.casefold()
    return tuple(
        person
        for person in people
        if (person.name.casefold() in folded if not person.name.isascii() or " " in person.name else False)
        or any(word in words and len(word) > 1 for word in person.words[:1] + person.words[-1:])
    )


def _objects(clause: Clause, present: tuple[Person, ...]) -> tuple[str, ...]:
    """The things a camera could insert on, each with its article: "the brass lantern", "Mara's hands"."""
    found: list[str] = []
    folded = [token.casefold() for token in clause.tokens]
    for at, word in enumerate(folded):
        if word == "like" or (word == "if" and at and folded[at - 1] == "as"):
            break  # a simile's things are not in the room
        follows = folded[at + 1] if at + 1 < len(folded) else ""
        if word in lexicon.AUX and not (at and folded[at - 1] in lexicon.DETERMINERS | lexicon.MASS):
            continue  # "he can bond them" is of no can
        if follows == "of" and word not in _HOLDERS:
            continue
        compound = follows in _COMPOUNDS
        if at == clause.verb_at or word not in lexicon.OBJECTS or compound or "'" in word:
            continue
        if word in _BODY:
            found += [f"{present[0].name}'s {word}"] if len(present) == 1 else []
        elif (phrase := _noun_phrase(clause, folded, at)) is not None:
            found.append(phrase)
    return tuple(dict.fromkeys(found))[:6]


def _noun_phrase(clause: Clause, folded: list[str], at: int) -> str | None:
    start = at
    while start and at - start < 3 and _modifies(folded[start - 1]) and start - 1 != clause.verb_at:
        start -= 1
    before = folded[start - 1] if start else ""
    head = " ".join(clause.tokens[start : at + 1])
    if before in _THE:
        return f"the {head}"
    if before in _COUNT:
        return f"the {'two' if before == 'both' else before} {head}".replace("the these", "the").replace(
            "the those", "the"
        )
    if before.endswith("'s") and clause.tokens[start - 1][0].isupper():
        return f"{clause.tokens[start - 1]} {head}"
    if before in {"no", "any", "every", "each", "to"} or (start and clause.tokens[start - 1].istitle() and start > 1):
        return None
    return f"the {folded[at]}"


def _modifies(word: str) -> bool:
    is_word = word[0].isalpha() and "'" not in word
    return is_word and word not in _GRAMMAR and word not in lexicon.SINGULAR_VERBS and not word.endswith("ly")


def _gaze(clause: Clause) -> str:
    """Thing that the look falls on: "stares at the dark water" → the dark water; '' if not plain."""
    assert clause.verb_at is not None
    folded = [token.casefold() for token in clause.tokens]
    at = clause.verb_at + 1
    while at < len(folded) and folded[at] in lexicon.PREPOSITIONS:
        at += 1
    if at >= len(folded) or folded[at] not in _THE:
        return ""
    end = at + 1
    while end < len(folded) and end - at < 4 and _modifies(folded[end]):
        end += 1
    return f"the {' '.join(clause.tokens[at + 1 : end])}" if 1 < end - at < 5 else ""


def _title(tokens: tuple[str, ...], verb_at: int | None) -> str:
    """Two to five words off the front of a sentence, ended where a phrase ends; empty when none can be cut."""
    words = [token for token in tokens if token[0].isalnum() or ord(token[0]) >= 0x1F000]
    if tokens and tokens[0].casefold() in _BOUNDS:
        comma = tokens.index(",") + 1 if "," in tokens[:8] else len(tokens)
        return _title(tokens[comma:], verb_at - comma if verb_at is not None and verb_at > comma else None)
    weak = _BOUNDS | lexicon.DETERMINERS
    for length in range(min(5, len(words)), 1, -1):
        after = tokens[length].casefold() if length < len(tokens) else "."
        is_end = not after[0].isalnum() or after in _BOUNDS or after.endswith(("ly", "ing"))
        reaches_verb = verb_at is None or length > verb_at
        if (
            tokens[:length] == tuple(words[:length])
            and is_end
            and reaches_verb
            and words[length - 1].casefold() not in weak
        ):
            return sentence_case(" ".join(words[:length]))
    if verb_at is not None and verb_at < 5 and tokens[: verb_at + 1] == tuple(words[: verb_at + 1]):
        return sentence_case(" ".join(words[: verb_at + 1]))
    return ""
