"""Appearance in shots: whom a shot shows in which look, and a prompt that leaves looks to their sheets. Pure."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wzrd.contracts.breakdown import Breakdown, Character, SceneBreakdown
from wzrd.domain.bible import NIGHT, Depicted, SheetKey, SheetKind
from wzrd.domain.names import voice_key
from wzrd.domain.shots import ShotBrief
from wzrd.language.words.lexicon import load

_WORDS: Mapping[str, str] = load("appearance.json")
_GARMENTS, _AND = _WORDS["garments"], r"(?: and (?:(?!in |with |wear)[\w'-]+ ){0,3}?"
_GARMENT = rf"(?:{_GARMENTS})(?!\w)(?! (?:{_WORDS['parts']}))"
_WORN = re.compile(
    rf",?\s*\b(?:and )?(?:(?:who is |still |now )?(?:wearing|dressed in|clad in|wears)\b[\w' -]{{1,60}}?\b{_GARMENT}"
    rf"|in (?:an? |the |his |her |their )?(?:[\w'-]+ ){{0,4}}?{_GARMENT}){_AND}{_GARMENT})*"
    r"(?P<end>,(?=\s)| and(?= \w+s\b))?"
    rf"|,?\s*\b(?:and )?with (?:[\w'-]+ ){{0,4}}?(?:{_WORDS['hair']})(?!\w)"
    rf"|\b{_WORDS['haired']}(?!\w)\s?",
    re.IGNORECASE,
)
_NIGHT = re.compile(rf"(?<!\w)(?:{_WORDS['night']})(?!\w)", re.IGNORECASE)
_LOOSE = re.compile(r"\s+(?=[.,;:!?])|,(?=\s*[.;:!?])|(?<=\s)\s+|^[\s,]+")
TOLD = 220
"""Characters of the script's own words in the prompt of a sheet."""


@dataclass(frozen=True, slots=True)
class Referred:
    """A reference in a prompt: who or what is on it, its `tag` there, and whether it shows them as they look here."""

    kind: str
    name: str
    tag: str = ""
    as_here: bool = True


def shown_in(brief: ShotBrief, scene: SceneBreakdown, film: Breakdown) -> tuple[Depicted, ...]:
    """Who and what a shot shows: people by their weight in it, then its place, then its things."""
    people = {voice_key(name): one for one in film.people for name in (one.id, one.name, *one.aliases)}
    acting = sorted(brief.subjects, key=lambda one: not (one.act or one.speaks))
    cast = [people.get(voice_key(one.name)) for one in (*acting, *([brief.over] if brief.over else []))]
    found = [Depicted(SheetKey("person", one.id, look_in(one, scene.number)), one.name) for one in cast if one]
    look = NIGHT if _NIGHT.search(scene.time) else ""
    found += [Depicted(SheetKey("place", one.id, look), one.name) for one in film.places if one.id == scene.place]
    things = {voice_key(name): one for one in film.props for name in (one.id, one.name)}
    held = (thing for subject in acting for thing in subject.holds)
    props = (things.get(voice_key(name)) for name in (brief.focus, *held, *brief.props))
    found += [Depicted(SheetKey("prop", one.id), one.name) for one in props if one]
    return tuple({one.key: one for one in found}.values())


def look_in(person: Character, scene: int) -> str:
    """The look of somebody in a scene: the number of the scene from which on they wear it, empty for the first."""
    later = [look.from_scene for look in sorted(person.looks, key=lambda look: look.from_scene)[1:]]
    return str(max((at for at in later if at <= scene), default=""))


def names_of(kind: SheetKind, film: Breakdown) -> dict[str, str]:
    """The ids of people, places or props by every name that they have, folded."""
    if kind == "person":
        return {voice_key(name): one.id for one in film.people for name in (*one.aliases, one.name, one.id)}
    listed = film.places if kind == "place" else film.props
    return {voice_key(name): one.id for one in listed for name in (one.name, one.id)}


def sheet_prompt(shown: Depicted, film: Breakdown, style: str) -> str:
    """The words by which a model makes a sheet, of what the breakdown knows; `style`: the project's."""
    key = shown.key
    if key.kind == "person":
        words = _person_words(film, key, shown.name)
    elif key.kind == "place":
        place = next((one.looks for one in film.places if one.id == key.entity), "")
        light = "at night" if key.look == NIGHT else "by day"
        words = [f"The empty set of {shown.name}, {light}, wide, nobody in it.", place, _told(film, key)]
    else:
        words = [f"{shown.name}, the thing alone, front and three-quarter view, on a plain light grey ground.",
                 _told(film, key)]  # fmt: skip
    ends = ["Even light, no text, no captions.", f"Style: {style}." if style else ""]
    return " ".join(filter(None, (*words, *ends)))


def _person_words(film: Breakdown, key: SheetKey, name: str) -> list[str]:
    person = film.person(key.entity) or Character(id=key.entity, name=name)
    looks = sorted(person.looks, key=lambda look: look.from_scene)
    worn = next((one.clothes for one in looks if str(one.from_scene) == key.look), looks[0].clothes if looks else "")
    facts = (person.gender, f"{person.years} years old" if person.years is not None else person.age, person.build)
    known = ", ".join(filter(None, (*facts, person.hair, f"wearing {worn}" if worn else "")))
    views = "Character sheet: face and full figure of one person, front and three-quarter view"
    return [f"{views}, on a plain light grey ground.", f"{name}{f': {known}' if known else ''}.", _told(film, key)]


def _told(film: Breakdown, key: SheetKey) -> str:
    """The script's first words about somebody or something, as material."""
    for scene in film.scenes:
        for beat in scene.beats:
            there = {"person": beat.who, "place": (scene.place,), "prop": beat.props}[key.kind]
            if key.entity in there and not beat.lines:
                return f"From the script: “{' '.join(beat.span.split())[:TOLD]}”"
    return ""


def leave_out_looks(prompt: str, owned: Sequence[Character], others: Sequence[Character]) -> str:
    """The prompt without words of hair and clothes of those whose sheet `owned` shows them.

    Such words belong to whoever is named last before them; where nobody is, they go if all people have their sheet.
    """
    if not owned:
        return prompt
    prompt = " ".join(prompt.split())
    names = {voice_key(name): one.id for one in (*others, *owned) for name in (one.name, *one.aliases) if name}
    named = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names, key=len, reverse=True)))
    mine = {one.id for one in owned}
    told = [(one.start(), one.group()) for one in named.finditer(_folded(prompt))] if names else []

    def keep(found: re.Match[str]) -> str:
        before = bisect_left(told, (found.start(),))
        goes = names[told[before - 1][1]] in mine if before else not others
        if not goes:
            return found.group()
        end, words = found["end"] or "", found.group()
        is_aside = end == "," and words.startswith(",")
        return "" if is_aside or "wears" in words else end

    kept = _WORN.sub(keep, prompt)
    for words in (words for one in owned for words in (one.hair, *(look.clothes for look in one.looks)) if words):
        kept = re.sub(rf",?\s*(?:(?:wearing|wears|in|with) )?{re.escape(words)}", "", kept, flags=re.IGNORECASE)
    return _LOOSE.sub("", kept).strip()


def _folded(text: str) -> str:
    """The text in small letters, each in its place."""
    folded = text.casefold().replace("\u2019", "'")
    return folded if len(folded) == len(text) else text.lower()


def refer_to(prompt: str, references: Sequence[Referred], *, start: str = "", most: int | None = None) -> str:
    """The prompt with a sentence for each reference, as they are sent; `start`: the tag of the still it begins with.

    `most`: characters that the model takes; what is too long goes from the prompt's end.
    """
    sentences = [f"{start} is the first frame."] if start else []
    sentences += [_sentence(one, at) for at, one in enumerate(references, start=1)]
    said = " ".join(sentences)
    if most is not None and len(prompt) + len(said) + 1 > most:
        prompt = prompt[: max(0, most - len(said) - 1)].rsplit(" ", 1)[0]
    return f"{prompt} {said}".strip()[:most]


def _sentence(one: Referred, at: int) -> str:
    shown = one.tag or f"reference picture {at}"
    match one.kind:
        case "person":
            same = "the same face, hair and clothes" if one.as_here else "the same face; clothes as described"
            return f"{one.name} is the person in {shown}: {same}."
        case "place":
            return f"The place, {one.name}, is that in {shown}{'' if one.as_here else ', in the light described'}."
        case "prop":
            return f"{one.name} is the thing in {shown}."
        case _:
            return f"The style alone is that of {shown}."
