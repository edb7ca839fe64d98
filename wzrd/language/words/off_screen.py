"""Marks of voices from off beside a name (V.O., fuori campo, za kadrem), in every language."""

import re
import unicodedata

from wzrd.language.words.lexicon import load

_LANGUAGES = load("screenplay_words.json")["languages"].values()
_ALL = {phrase for language in _LANGUAGES for phrase in language.get("off", "").split("|") if phrase}
_PHRASES = _ALL - {phrase for phrase in _ALL if len(phrase) == 1 and phrase.isascii()}
_LETTERS = _ALL - _PHRASES
_MARKED = re.compile(
    "|".join(
        rf"(?<!\w){re.escape(phrase)}(?!\w)" if phrase.upper() != phrase else re.escape(phrase)
        for phrase in sorted(_PHRASES, key=len, reverse=True)
    )
)


def is_off_screen(text: str, *, whole: bool = False) -> bool:
    """True if words beside a name have such a mark; one letter alone is a mark in Japan and Korea.

    `whole`: they are nothing else.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().strip(" .()")
    if whole:
        return folded in _PHRASES or f"{folded}." in _PHRASES
    return folded in _LETTERS or _MARKED.search(f"{folded}.") is not None
