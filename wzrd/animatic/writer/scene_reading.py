"""Reading of a scene's text for the camera: its beats in the order of the page, its people, its air."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wzrd.animatic.writer.beats import Beat, prose_beats
from wzrd.language.scene_people import Person, apart, is_unseen, people_of, spelled
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language import lexicon
from wzrd.language.atmosphere import Atmosphere, atmosphere_of
from wzrd.language.person_words import language_of
from wzrd.language.sentences import halves, joined, one_line, split_sentences, tokens_of

MAX_BEATS = 400
_OVERLAY = re.compile(
    r"(?:super(?:impose[ds]?)?|title(?: card| over)?|chyron|caption|subtitle|on[- ]screen(?: text)?)\b"
    r"\s*[:\-\u2013\u2014\"\u201c]",
    re.IGNORECASE,
)
"""Words on the screen are not filmed, unless nothing else is."""
_SAMPLE = 4_000  # characters that tell a language


@dataclass(frozen=True, slots=True)
class Reading:
    """A scene as the writer sees it."""

    brief: SceneBrief
    air: Atmosphere
    people: tuple[Person, ...] = ()
    beats: tuple[Beat, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset[str])


def read_scene(brief: SceneBrief) -> Reading:
    """Read everything that the brief says; nothing in it is needed but the number."""
    brief = _from_script(brief)
    people = people_of(brief)
    names = frozenset(word for person in people if not person.name.startswith("the ") for word in person.words)
    sentences = _prose(brief, names | lexicon.PEOPLE)
    spoken = [line for line in brief.dialogue[:MAX_BEATS] if any(char.isalnum() for char in line.text)]
    prose, speeches = prose_beats(sentences, people, names), speech_beats(spoken, people)
    if language_of(" ".join(sentences)[:_SAMPLE]) != "en":  # HAT is no hat in German
        prose = [replace(beat, objects=(), gaze="") for beat in prose]
    beats = _in_script_order(brief, sentences, prose, speeches) if brief.script else _interleaved(prose, speeches)
    return Reading(brief, atmosphere_of(brief), people, tuple(beats[:MAX_BEATS]), names)


def _from_script(brief: SceneBrief) -> SceneBrief:
    """A brief with a script takes its actions and its lines from there."""
    if not brief.script:
        return brief
    actions = tuple(part for part in brief.script if isinstance(part, str))
    return replace(brief, actions=actions, dialogue=tuple(part for part in brief.script if isinstance(part, Line)))


def _prose(brief: SceneBrief, subjects: frozenset[str]) -> list[str]:
    """The sentences to film: the description's, then the actions' that it does not already say."""
    setting = _sentences((brief.description,))
    said = {_key(text) for text in setting}
    story = [text for text in _sentences(brief.actions) if _key(text) not in said]
    prose = [half for text in (*setting, *story) for half in halves(text, subjects)]
    prose = [text for text in prose if not _OVERLAY.match(text)] or prose
    worded = [text for text in prose if not text.isascii() or len(tokens_of(text)) > 1]
    return joined(worded or prose, subjects)[:MAX_BEATS]


def _sentences(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(sentence for text in texts for sentence in split_sentences(text)))


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def _in_script_order(brief: SceneBrief, sentences: list[str], prose: list[Beat], speeches: list[Beat]) -> list[Beat]:
    """Beats in the order of the page. What only the description says stands before it."""
    pages = [_key(part) if isinstance(part, str) else "" for part in brief.script]
    placed: list[tuple[int, int, Beat]] = []
    reached = -1
    for at, (sentence, beat) in enumerate(zip(sentences, prose, strict=True)):
        key = _key(sentence)
        reached = next((page for page in range(max(0, reached), len(pages)) if key in pages[page]), reached)
        placed.append((reached, at, beat))
    lines = [at for at, part in enumerate(brief.script) if isinstance(part, Line) and any(map(str.isalnum, part.text))]
    placed += [(at, number, beat) for number, (at, beat) in enumerate(zip(lines, speeches, strict=False))]
    return [beat for *_, beat in sorted(placed, key=lambda item: item[:2])]


def _interleaved(prose: list[Beat], speeches: list[Beat]) -> list[Beat]:
    """Two orders made one: each keeps its own, spread evenly; nobody speaks before the sentence that brings them in."""
    arrival: dict[str, float] = {}
    placed: list[tuple[float, int, Beat]] = []
    for at, beat in enumerate(prose):
        position = (at + 0.3) / len(prose)
        placed.append((position, 0, beat))
        for person in beat.people:
            arrival.setdefault(person.name, position)
    reached = 0.0
    for at, beat in enumerate(speeches):
        name = beat.speaker.name if beat.speaker else ""
        reached = max(reached, (at + 0.7) / len(speeches), arrival.get(name, 0.0))
        placed.append((reached, 1, beat))
    return [beat for *_, beat in sorted(placed, key=lambda item: item[:2])]


MAX_LINE = 1_500


def speech_beats(spoken: Sequence[Line], people: tuple[Person, ...]) -> list[Beat]:
    """One beat a line, in order."""
    by_name = {person.name.casefold(): person for person in people}
    speakers = [_speaker(line, by_name) for line in spoken]
    beats: list[Beat] = []
    for at, (line, speaker) in enumerate(zip(spoken, speakers, strict=True)):
        text, aside = _without_aside(one_line(line.text, MAX_LINE))
        hint = line.parenthetical or aside
        around = [one for one in (*speakers[at + 1 : at + 4], *reversed(speakers[:at])) if one]
        listener = _listener(speaker, around, people)
        beats.append(_speech(text, None if is_unseen(line, hint) else speaker, listener, _manner(hint)))
    return beats


def _speaker(line: Line, by_name: Mapping[str, Person]) -> Person | None:
    """Who says a line; of several who say it together, the first."""
    names = [spelled(line.character), *apart(line.character, by_name)]
    return next((by_name[name.casefold()] for name in names if name.casefold() in by_name), None)


def _without_aside(text: str) -> tuple[str, str]:
    """A line and the parenthetical that some scripts leave at its front."""
    found = re.match(r"\(([^()]{1,60})\)\s*(?=\w)", text)
    return (text[found.end() :], found.group(1)) if found else (text, "")


def _listener(speaker: Person | None, around: list[Person], people: tuple[Person, ...]) -> Person | None:
    """Who is spoken to: the next who speaks from the other side, else the last who did, else anybody there."""
    candidates = [person for person in (*around, *people) if speaker is None or person.side != speaker.side]
    return candidates[0] if candidates else None


def _speech(line: str, speaker: Person | None, listener: Person | None, manner: str) -> Beat:
    present = tuple(person for person in (speaker, listener) if person)
    return Beat(text=line, people=present, line=line, speaker=speaker, listener=listener, manner=manner)


def _manner(parenthetical: str | None) -> str:
    """A parenthetical that fits after a name ("whispering", "to himself"); else empty."""
    text = one_line(parenthetical or "", 60).strip("() .")
    text = text[:1].lower() + text[1:]
    words = tokens_of(text)
    plain = 0 < len(words) <= 4 and all(word[0].isalpha() for word in words) and text.isascii()
    fits = plain and (
        words[0].endswith(("ing", "ly", "ed", "y", "t", "d")) or words[0] in {"to", "under", "in", "with"}
    )
    return text if fits and words[0] not in {"beat", "cont'd", "pause", "silent", "shout", "and"} else ""
