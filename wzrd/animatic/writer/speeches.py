"""Beats of spoken lines: who speaks, to whom across the line, how, and who is only heard."""

import re
from collections.abc import Mapping, Sequence

from wzrd.animatic.writer.beats import Beat
from wzrd.animatic.writer.people import Person, apart, is_unseen, spelled
from wzrd.domain.shots import Line
from wzrd.language.sentences import one_line, tokens_of

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
