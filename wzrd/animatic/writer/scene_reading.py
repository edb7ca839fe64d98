"""Reading of a scene's text for the camera: its beats in the order of the page, its people, its air."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from wzrd.animatic.writer.beats import Beat, prose_beats
from wzrd.animatic.writer.people import Person, people_of
from wzrd.animatic.writer.speeches import speech_beats
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language import lexicon
from wzrd.language.atmosphere import Atmosphere, atmosphere_of
from wzrd.language.person_words import language_of
from wzrd.language.sentences import halves, joined, split_sentences, tokens_of

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
