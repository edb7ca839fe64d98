"""Lines in capitals that name nobody: labels of acts, words on the screen, sentences that are shouted."""

import re
from functools import lru_cache

from wzrd.domain.emphasis import plain
from wzrd.screenplay.words import NOT_NAMES, has_case

_LONGEST_NAME = 6  # words
_ENDS = tuple(f"{end} " for end in NOT_NAMES["ends"])
_LONGEST_LABEL = 120  # characters
_TITLED = re.compile(r"\s*[:\-\u2013\u2014.]\s*")
_TOLD = re.compile(r":\s*\S")
_SENTENCES = re.compile(r"[^\W\d_]{4,}[.!?]\s+\S")  # BANG. DARKNESS, not MRS. LEE
_WORDS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def is_label(text: str) -> bool:
    """True if a line only names a part of the script: ACT ONE, Acte 2: La fuite, THE END."""
    if len(text) > _LONGEST_LABEL:  # and a pattern below would try each of its blanks against all others
        return False
    folded = plain(text).casefold().strip(" .:!\u2026").replace("\u2019", "'")
    ends = NOT_NAMES["ends"] if folded.startswith(_ENDS) else ()
    ending = max((end for end in ends if folded.startswith(f"{end} ")), key=len, default="")
    folded = folded.removeprefix(ending).strip()
    if folded in NOT_NAMES["labels"]:
        return True
    words = _TITLED.split(folded, maxsplit=1)[0].split()
    numbered = len(words) == 2 and (words[1].isdigit() or words[1] in NOT_NAMES["numbers"])
    return bool(words) and words[0] in NOT_NAMES["acts"] and (numbered or (bool(ending) and len(words) == 1))


def is_overlay(text: str) -> bool:
    """True if a line gives words on the screen: SUPER: "PARIS, 1944", ON SCREEN, Title card - Three days later."""
    folded = plain(text).casefold().strip()
    head = re.split(r"[:\-\u2013\u2014(\"\u201c\n\uff1a\u300c]", folded, maxsplit=1)[0].strip(" .")
    return head in NOT_NAMES["overlays"]


def is_no_name(name: str) -> bool:
    """True if capitals above a text are no speaker: noise (BANG!), a sentence that goes on (WE WATCH THE)."""
    return _names_nobody(name) if len(name) <= _LONGEST_LABEL else _names_nobody.__wrapped__(name)


@lru_cache(4_096)  # names come again and again
def _names_nobody(name: str) -> bool:
    words = [word.casefold() for word in _WORDS.findall(name)]
    if is_label(name) or is_overlay(name) or _TOLD.search(name) or _SENTENCES.search(name):
        return True
    if name.endswith(("!", "\u2026", ",", ";", "-")):
        return True
    if len(words) < 2 or not has_case(name):
        return False
    going_on = words[0] in NOT_NAMES["begin"] or words[-1] in NOT_NAMES["end"]
    return going_on or len(words) > _LONGEST_NAME
