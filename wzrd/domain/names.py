"""Names of characters as cues spell them: the key under which somebody is known, and what a name itself tells."""

import re
import unicodedata
from functools import lru_cache

_ASIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.][^\W_]+)*")


@lru_cache(maxsize=8_192)
def voice_key(name: str) -> str:
    """A character's name as registers know it: `The OLD MAN (V.O.)` and `old man` are one; '' for nobody."""
    text = _ASIDE.sub(" ", unicodedata.normalize("NFKC", name)).casefold().replace("\u2019", "'")
    words = " ".join(text.split()).strip(" \"'^@:.,;-")
    return words.removeprefix("the ")


def id_of(key: str) -> str:
    """The id, in a breakdown, of somebody or something by their key: as long as its format takes."""
    return key.upper()[:80]


def words_of(text: str) -> list[str]:
    """The folded words of a text, with inner hyphens and apostrophes."""
    return _WORD.findall(text.casefold().replace("\u2019", "'"))
