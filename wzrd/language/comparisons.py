"""Comparisons of a sentence: what something is only like is not there. Pure."""

import re
from collections.abc import Mapping
from functools import cache

_LIKE: Mapping[str, str] = {
    "de": r"wie (?:der|die|das|man|wenn|beim|im)\b", "fr": r"comme (?:on|si|pour|le|la|les|des)\b",
    "es": r"como (?:si|quien|se|el|la|los|las)\b", "it": r"come (?:se|si|chi|il|lo|la|i|gli|le|fosse)\b",
    "pt": r"como (?:se|quem|o|a|os|as)\b", "pl": r"(?<!, )jak(?:by)?\b|niczym\b", "sv": r"som (?:om|en|ett|man)\b",
    "nl": r"(?:als|alsof) (?:de|het|of|je|men)\b",
}  # fmt: skip
"""Words that lead a comparison in one language."""
_SIMILE = (
    r"\bthe way (?=you|an?\b|one\b|people|some|he\b|she\b|they\b)[^.,;:!?\u2014]*|"
    r"\b(?:like (?=an?\b|the\b|you\b|some|he\b|she\b|they\b|it\b)|as (?:if|though)\b|as [\w-]+ as\b|"
    r"more [\w-]+ than\b|[\w-]+er than\b)[^.,;:!?\u2014]*|"
    r"\b(?:(?<!ed )(?<!ing )(?<!wn )(?<!s )as|(?<!would )(?<!they )like) (?-i:[a-z]{3,})(?=\s*(?:[.,;:!?\u2014]|\Z))|"
    r"\bwie man\b[^.,;:!?\u2014]*|"
    r"\b(?:wie|comme|come|como|als|как) (?=een\b|eine?\b|une?\b|una?\b|uno\b|um\b|uma\b)"
    r"(?:(?!(?-i:[A-Z]{3}))[^.,;:!?\u2014])*"
)
"""Words by which something is only compared, in any language."""


@cache
def _like(language: str) -> re.Pattern[str]:
    """Pattern of what something is compared with in this language: it is not there."""
    own = rf"|\b(?:{_LIKE[language]})[^.,;:!?\u2014]*" if language in _LIKE else ""
    return re.compile(_SIMILE + own, re.IGNORECASE)


def without_compared(language: str, text: str) -> str:
    """The text with blanks in the place of what is only compared; the word that compares stays: "white as"."""
    return _like(language).sub(lambda found: found.group().split(" ")[0].ljust(len(found.group())), text)
