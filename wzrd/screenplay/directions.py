"""Directions within a speech: what somebody does there is seen, how they go on is their next direction.

"I am fine. (She begins to weep.) Go. (beat) Now." is three lines and a deed; nobody says what stands in the brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from wzrd.screenplay.front_matter import SPEAKS
from wzrd.screenplay.model import Element
from wzrd.screenplay.words import DIRECTS

_BRACKETS = re.compile(r"[(\uff08\[]([^()\uff08\uff09\[\]]{1,600})[)\uff09\]]")
_SIGN = re.compile(r"\A[.,;](?:\s+|\Z)")
_NEAR = 8  # characters before a bracket among which the end of a sentence stands
_STOPS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f")
_CALLS = ("!", "?", "\u2026", "..")
_ENDS = (*_STOPS, ",", ";", ":", "-", "\u2013", "\u2014", '"', "\u201d", "\u00bb", ")", "*", "_")
"""Signs behind which a bracket is no part of a sentence that goes on: "Rome (the one in Georgia)" is said."""
_WITHIN = re.compile(DIRECTS, re.IGNORECASE)
"""Words in brackets that tell of a speaker even within a sentence: a beat, somebody who is talked to, he or she."""
_DEED, _LINES = 4, 4
"""Words from which on a direction tells a deed, shorter ones how a line is spoken; lines of brackets that are said."""


def apart(element: Element) -> Iterator[Element]:
    """The element, and a speech without the directions in it: its parts, and the deeds between them."""
    if element.kind != "dialogue" or not _BRACKETS.search(element.text):
        yield element
        return
    parts: list[Element] = []
    how, at = [element.parenthetical] if element.parenthetical else list[str](), 0
    for found in _directions(element.text):
        said, direction = _words(element.text[at : found.start()], at), found[1].strip()
        if said:
            parts.append(replace(element, text=said, parenthetical="; ".join(how)))
            how = []
        at = found.end()
        if _is_deed(direction):
            parts.append(Element("action", direction))
        else:
            how.append(direction)
    if rest := _words(element.text[at:], at):
        parts.append(replace(element, text=rest, parenthetical="; ".join(how)))
    elif how and parts and parts[-1].kind == "dialogue":
        parts[-1] = replace(parts[-1], parenthetical="; ".join([*filter(None, [parts[-1].parenthetical]), *how]))
    yield from parts if any(one.kind == "dialogue" for one in parts) else [element]


def _words(text: str, at: int) -> str:
    """The words of a part; behind a direction the sign that ended the sentence before it is none of them."""
    return _SIGN.sub("", text.strip()) if at else text.strip()


def tells(direction: str) -> bool:
    """True if what stands in brackets is a sentence of what is seen, and not how words are spoken."""
    return direction[0].isupper() and _is_deed(direction) and not direction.endswith(_CALLS)


def _is_deed(direction: str) -> bool:
    return len(direction.split()) >= _DEED or direction.endswith(_STOPS)


def _directions(text: str) -> Iterator[re.Match[str]]:
    """The brackets of a speech that nobody says; what somebody tells of themselves there, or to somebody, is said."""
    end = len(text.rstrip())
    for found in _BRACKETS.finditer(text):
        before = text[max(0, found.start() - _NEAR) : found.start()].rstrip()
        leads = before.endswith(_ENDS) or (not before and found.start() <= _NEAR) or found.end() == end
        told = found[1].count("\n") < _LINES and any(map(str.isalnum, found[1]))
        told = told and not SPEAKS.search(found[1])  # "(I never told you.)"
        if told and (leads or _WITHIN.fullmatch(found[1])):
            yield found
