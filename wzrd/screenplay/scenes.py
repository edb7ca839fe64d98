"""From what a file says to scenes: one spelling a character, the time that CONTINUOUS continues, derived facts."""

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from wzrd.domain.errors import ScreenplayError
from wzrd.language.words import lexicon
from wzrd.language.words.atmosphere import lighting_of, weather_of
from wzrd.language.words.lexicon import PLACES
from wzrd.screenplay.directions import apart
from wzrd.screenplay.headings import Heading
from wzrd.screenplay.model import UNTITLED, Element, IntExt, Scene, Screenplay, action_paragraphs, one_line
from wzrd.screenplay.secondary import spot_of
from wzrd.screenplay.times import is_relative, light_of
from wzrd.screenplay.words import (
    CAMERA,
    CITIES,
    CITY_PHRASES,
    LONGEST_LABEL,
    NAME_ENDINGS,
    OMITTED,
    SAME_PLACES,
    VOICE_OF,
    has_case,
)

_SENTENCE_WORDS = 5
_STOPS = ".!?\u2026,;:-\u2013\u2014\u3002"
_WITHIN_SAME = re.compile("\u540c?(?:[\u30fb\uff65]| - )")
"""Between a place and what is within it, with the word for the same place before it in Japanese."""
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SEVERAL = re.compile(r"(?<![^\W\d_])[^\W\d_]{3,} ?/ ?[^\W\d_]{3,}")


def is_sub_heading(heading: Heading) -> bool:
    """Does it need a scene around it: no INT or EXT, no place and time of its own, or a view of a camera (INSERT)?"""
    first = _WORD.search(heading.place.casefold())
    if heading.forced and first and first.group() in CAMERA:
        return True
    time = light_of(heading.time_of_day)
    own = heading.place and (time or heading.label or " - " in heading.place or not has_case(heading.place))
    return heading.forced and not own


def staged(heading: Heading, around: Heading) -> Heading:
    """The sub-heading as it is staged: inside or outside, place and time of the scene around, where it has none.

    A room that it names (`.KITCHEN`) is its own place; a spot in it (`.AT THE DOOR`), a view or a sentence is none.
    """
    place, int_ext = spot_of(heading.place)
    return replace(
        heading,
        int_ext=int_ext or around.int_ext,
        place=place or around.place,
        time_of_day=heading.time_of_day or around.time_of_day,
    )


def told(heading: Heading) -> str:
    """Paragraph of action that a sub-heading tells beyond a name: "THE TRUCK SLAMS INTO A WALL"; else ''."""
    if len(_WORD.findall(heading.text)) < _SENTENCE_WORDS:
        return ""
    return heading.text if heading.text[-1] in _STOPS else f"{heading.text}."


DESCRIPTION_CHARS = 400
_MOST_SEEN = 20_000  # characters of a scene that its place, light and weather are looked for in: some eight pages

_SENTENCE_END = re.compile(r"[.!?…][\"'\u201d\u2019)]{0,3} ")
_SMALL, _CAPITAL = "a-z\u00df-\u00f6\u00f8-\u00ff", "A-Z\u00c0-\u00d6\u00d8-\u00de"
_CAPITAL_WORD = re.compile(rf"(?<=[{_SMALL},] )[{_CAPITAL}][{_SMALL}]{{2,}}\b")
_SMALL_WORD = re.compile(rf"\b[{_SMALL}]{{3,}}\b")
_PLACE = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, PLACES), key=len, reverse=True)) + r")\b")
_ABBREVIATION = re.compile(r"(?:\b(?:mr|mrs|ms|dr|st|vs|no)|\b\w)\.\Z", re.IGNORECASE)


@dataclass(slots=True)
class SceneDraft:
    """A scene as far as the file tells it; what is empty here is derived."""

    heading: Heading
    elements: list[Element] = field(default_factory=list[Element])
    synopsis: list[str] = field(default_factory=list[str])
    title: str = ""
    description: str = ""
    location: str = ""
    lighting: str = ""
    weather: str = ""


def assemble(drafts: Sequence[SceneDraft], metadata: Mapping[str, str], warnings: Sequence[str] = ()) -> Screenplay:
    """The screenplay of these scenes, numbered from 1.

    Raises:
        ScreenplayError: there is none, or all of them are omitted.
    """
    drafts = [
        draft for draft in drafts if draft.elements or draft.heading.place.casefold().strip(" .()") not in OMITTED
    ]
    if not drafts:
        raise ScreenplayError("the screenplay is empty", line=1)
    spellings = _spellings(drafts)
    names = {
        word for name in spellings for word in name.replace("\u2019", "'").split() if word not in lexicon.ARTICLES
    } | _names(drafts)
    scenes: list[Scene] = []
    light, around, place, house = "", None, "", [""]
    for number, written in enumerate(drafts, 1):
        draft = written
        if around and is_sub_heading(draft.heading):
            draft = _staged(draft, around, names)
        elif draft.heading.text and not is_sub_heading(draft.heading):
            if place and draft.heading.place.casefold() in SAME_PLACES:
                draft = replace(draft, heading=replace(draft.heading, place=place))
            elif place and (within := _WITHIN_SAME.match(draft.heading.place)):
                whole = [*(house[:-1] or house), draft.heading.place[within.end() :]]
                draft = replace(draft, heading=replace(draft.heading, place=" - ".join(whole)))
            else:
                house = _WITHIN_SAME.split(draft.heading.place)
            around = draft.heading
            place = around.place or place
        time = draft.heading.time_of_day
        light = light_of(time) or (light if is_relative(time) else "")
        scene = _scene(number, draft, light, spellings, names)
        if scenes and scene.label and not (scene.location or scene.place):
            scene = replace(scene, location=scenes[-1].location)  # SCENE 2, which tells of no other place
        scenes.append(scene)
    return Screenplay(
        title=one_line(metadata.get("title", "")) or UNTITLED,
        author=one_line(metadata.get("author", "") or metadata.get("authors", "")),
        scenes=tuple(scenes),
        metadata=metadata,
        warnings=(*warnings, *_several_places(scenes)),
    )


def _several_places(scenes: Sequence[Scene]) -> list[str]:
    """A warning of the headings that name more places than one."""
    found = [scene for scene in scenes if _SEVERAL.search(scene.place)]
    if not found:
        return []
    places = " and ".join(part.strip() for part in found[0].place.split("/"))
    others = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return [f"scene {found[0].number}{others}: a heading of several places ({places}) was read as one set"]


def _staged(draft: SceneDraft, around: Heading, names: AbstractSet[str]) -> SceneDraft:
    """A sub-heading's scene in the place of the scene around it; the heading that is shown stays."""
    action = told(draft.heading)
    return replace(
        draft,
        heading=staged(draft.heading, around),
        title=draft.title or _capital(place_in_words(draft.heading.text, names)),
        elements=[Element("action", action), *draft.elements] if action else draft.elements,
    )


def _scene(number: int, draft: SceneDraft, light: str, spellings: Mapping[str, str], names: AbstractSet[str]) -> Scene:
    heading = draft.heading
    elements = tuple(part for element in draft.elements for part in apart(_respelled(element, spellings)))
    seen = " ".join((heading.text, draft.description, *action_paragraphs(elements)))[:_MOST_SEEN]
    scene = Scene(
        number=number,
        heading=heading.text,
        int_ext=heading.int_ext,
        place=heading.place,
        time_of_day=heading.time_of_day,
        label=heading.label,
        title=draft.title or _title(heading, names),
        location=draft.location or location_of(heading.int_ext, heading.place, names) or _place_in(seen),
        lighting=draft.lighting or lighting_of(light, seen, interior=heading.int_ext == "INT"),
        weather=draft.weather or weather_of(seen, light),
        synopsis=one_line(" ".join(draft.synopsis)),
        elements=elements,
    )
    return replace(scene, description=draft.description or _description(scene))


def _title(heading: Heading, names: AbstractSet[str]) -> str:
    parts = [_capital(place_in_words(heading.place, names)), heading.time_of_day.lower()]
    return ", ".join(part for part in parts if part) or heading.text


def _place_in(prose: str) -> str:
    """Where a scene without a heading plays: the first place that its prose names and that is inside or outside."""
    nouns = (found.group() for found in _PLACE.finditer(prose.casefold()))
    known = next((noun for noun in nouns if PLACES[noun].io), "")
    int_ext: IntExt = "INT" if known and PLACES[known].io == "int" else "EXT"
    return location_of(int_ext, known) if known else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _description(scene: Scene) -> str:
    """Description of a scene in short: the action, else the author's synopsis, else who talks."""
    if described := condense(scene.actions):
        return described
    who = " and ".join(scene.characters[:3])
    talk = f"{who} {'talk' if len(scene.characters) > 1 else 'speaks'}." if who else ""
    return scene.synopsis[:DESCRIPTION_CHARS] or talk


def condense(paragraphs: Sequence[str]) -> str:
    """The first sentences of the first paragraph, then the first of each further one, within DESCRIPTION_CHARS."""
    kept: list[str] = []
    room = DESCRIPTION_CHARS
    for index, paragraph in enumerate(paragraphs):
        for sentence in _sentences(paragraph[: DESCRIPTION_CHARS * 2])[: None if index == 0 else 1]:
            if len(sentence) + 1 > room and kept:
                return " ".join(kept)
            kept.append(_shortened(sentence, room))
            room -= len(kept[-1]) + 1
        if room <= 0:
            break
    return " ".join(kept)


def _shortened(sentence: str, limit: int) -> str:
    return sentence if len(sentence) <= limit else sentence[: limit - 1].rsplit(" ", 1)[0] + "…"


def _sentences(paragraph: str) -> list[str]:
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        if not _ABBREVIATION.search(paragraph[max(start, end.start() - 6) : end.start() + 1]):
            found.append(paragraph[start : end.end()].strip())
            start = end.end()
    return [sentence for sentence in (*found, paragraph[start:].strip()) if sentence]


def _spellings(drafts: Sequence[SceneDraft]) -> dict[str, str]:
    """Case-folded name → the spelling at its first cue, so that McCLANE and MCCLANE are one voice.

    ANNA'S VOICE is Anna's, who speaks from off, where ANNA speaks elsewhere.
    """
    spellings: dict[str, str] = {}
    for draft in drafts:
        for element in draft.elements:
            if element.character:
                spellings.setdefault(element.character.casefold(), element.character)
    stems = {name.rstrip(NAME_ENDINGS): name for name in spellings}
    owners = ((name, _owner(name, stems)) for name in spellings)
    return spellings | {name: spellings[found] for name, named in owners for found in named if found in spellings}


def _owner(name: str, stems: Mapping[str, str]) -> tuple[str, ...]:
    """Case-folded names that whoever this cue names the voice of may have, the likeliest last."""
    found = VOICE_OF.fullmatch(name) if len(name) <= LONGEST_LABEL else None
    if not found or not found.lastgroup:
        return ()
    owner = found[found.lastgroup]
    stem = owner.rstrip(NAME_ENDINGS) if found.lastgroup == "genitive" else ""
    return (stems.get(stem, "") if stem else "", f"{owner}s", owner)


def _names(drafts: Sequence[SceneDraft]) -> frozenset[str]:
    """Cities, and words that the text has with a capital within its sentences and nowhere without; case-folded."""
    told = {"action", "dialogue"}
    prose = "\n".join(element.text for draft in drafts for element in draft.elements if element.kind in told)
    small = {word[0] for word in _SMALL_WORD.finditer(prose)}
    return CITIES | {folded for word in _CAPITAL_WORD.finditer(prose) if (folded := word[0].casefold()) not in small}


def _respelled(element: Element, spellings: Mapping[str, str]) -> Element:
    spelling = spellings.get(element.character.casefold(), element.character)
    if spelling == element.character:
        return element
    is_voice = spelling.casefold() != element.character.casefold()
    return replace(element, character=spelling, extension=element.extension or ("O.S." if is_voice else ""))


_LONGEST = 1_000  # characters of a place; what is longer is a text that stands where a heading should
_STRAY = 0.15  # of the letters of a place in capitals may be small: McCLANE'S OFFICE, OfFICE
_SPOKEN: Mapping[str, str] = {
    "INT": "Interior", "EXT": "Exterior", "INT/EXT": "Interior and exterior", "EST": "Exterior",
}  # fmt: skip


def location_of(int_ext: IntExt, place: str, names: Collection[str] = ()) -> str:
    """INT and "MARA'S KITCHEN" are "Interior, Mara's kitchen"; `names` (case-folded) keep their capital."""
    spoken = _SPOKEN.get(int_ext, "")
    return ", ".join(part for part in (spoken, place_in_words(place, names)) if part)


def place_in_words(place: str, names: Collection[str] = ()) -> str:
    """A place in running text: capitals become lower case except in names; a dash becomes a comma."""
    if len(place) <= _LONGEST and sum(map(str.islower, place)) <= _STRAY * sum(map(str.isalpha, place)):
        place = " ".join(_word_in_text(word, names) for word in place.split(" "))
        place = CITY_PHRASES.sub(lambda city: city[0].title().replace(" De ", " de "), place)
    return place.replace(" - ", ", ")


def _word_in_text(word: str, names: Collection[str]) -> str:
    bare = word.casefold().replace("\u2019", "'").removesuffix("'s").strip(",.()\"'")
    if bare in names:
        return re.sub(r"[^\W\d_]", lambda first: first[0].upper(), word.lower(), count=1)
    if bare in lexicon.ACRONYMS:
        return word.upper()
    return word if any(char.isdigit() for char in word) or "." in word[:-1] else word.lower()
