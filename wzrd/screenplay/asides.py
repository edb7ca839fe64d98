"""Lines in capitals that name nobody: labels of acts, words on the screen, sentences that are shouted."""

import re
from functools import lru_cache

from wzrd.domain.emphasis import plain
from wzrd.language.beats.on_screen import is_overlay
from wzrd.language.words.lexicon import ARTICLES, CAPITALS_NOT
from wzrd.screenplay.secondary import is_no_speaker
from wzrd.screenplay.times import is_relative, is_time
from wzrd.screenplay.words import CAMERA, LONGEST_LABEL, NOT_NAMES, NOT_SPEAKERS, SECONDARY, VIEWS, has_case

_LONGEST_NAME = 6  # words
_ENDS = tuple(f"{end} " for end in NOT_NAMES["ends"])
_TITLED = re.compile(r"\s*[:\-\u2013\u2014.]\s*")
_TOLD = re.compile(r":\s*\S")
_SENTENCES = re.compile(r"(?<![^\W\d_])([^\W\d_]{4,})[.!?]\s+\S")  # SILENCE. DARKNESS, not MRS. LEE
_ABBREVIATION = 4  # letters: PROF. LEE
_COUNTED = re.compile(r"\d{2,4}[A-Z]?\.?\s")  # 27 ZAGON is a shot, unless it comes again
_STRUCTURE = re.compile(SECONDARY["structure"], re.IGNORECASE)
_PAIRS = ("\u201c\u201d", "()")
_WORDS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def is_label(text: str) -> bool:
    """True if a line shows nothing: it names a part of the script, or how its shots are joined (SERIES OF SHOTS)."""
    is_short = len(text) <= LONGEST_LABEL and text == text.upper()
    return is_part(text) or (
        is_short and _STRUCTURE.fullmatch(text.casefold().strip(" .:!\u2026-\u2013\u2014")) is not None
    )


def is_part(text: str) -> bool:
    """True if a line only names a part of the script: ACT ONE, Acte 2: La fuite, THE END."""
    if len(text) > LONGEST_LABEL:  # and a pattern below would try each of its blanks against all others
        return False
    folded = plain(text).casefold().strip(" .:!\u2026").replace("\u2019", "'")
    ends = NOT_NAMES["ends"] if folded.startswith(_ENDS) else ()
    ending = max((end for end in ends if folded.startswith(f"{end} ")), key=len, default="")
    folded = folded.removeprefix(ending).strip()
    if folded in NOT_NAMES["labels"]:
        return True
    words = _TITLED.split(folded, maxsplit=1)[0].split()
    parts = [word for word in words if word in NOT_NAMES["acts"]]
    numbered = [word for word in words if word.isdigit() or word in NOT_NAMES["numbers"]]
    return len(parts) == 1 and len(parts) + len(numbered) == len(words) == (1 if ending and not numbered else 2)


def is_no_name(name: str, *, again: bool = False) -> bool:
    """True if capitals above a text are no speaker: noise (BANG!), a sentence that goes on (WE WATCH THE).

    `again`: they stand above text more than once, so that only what nobody can be called is none.
    """
    nobody, doubtful = _looked_at(name) if len(name) <= LONGEST_LABEL else (True, True)
    return nobody or (doubtful and not again)


def is_name_in_doubt(text: str) -> bool:
    """True if a line in capitals was taken for no name, and may be one all the same: a few words, no noise."""
    is_short = text.isupper() and len(text) <= LONGEST_LABEL and text[-1].isalnum()
    return is_short and is_no_name(text) and not is_no_name(text, again=True)


@lru_cache(4_096)  # names come again and again
def _looked_at(name: str) -> tuple[bool, bool]:
    """Two answers: nobody can be called so; somebody hardly is."""
    words = [word.casefold() for word in _WORDS.findall(name)]
    is_cut = name.endswith(("!", "\u2026", ",", ";", "-"))
    if is_cut or is_label(name) or is_overlay(name) or _TOLD.search(name) or VIEWS.fullmatch(name):
        return True, True
    if is_no_speaker(name) or name.count('"') % 2 or any(name.count(one) != name.count(two) for one, two in _PAIRS):
        return True, True
    told = any(len(word[1]) > _ABBREVIATION or word[1].casefold() in CAPITALS_NOT for word in _SENTENCES.finditer(name))
    if told or _COUNTED.match(name) or (is_relative(name) and is_time(name)):
        return False, True
    if len(words) < 2 or not has_case(name):
        return False, False
    if all(word in CAMERA or word in NOT_SPEAKERS for word in words):  # QUICK CUTS, CLOSE SHOT
        return True, True
    begins = words[0] in NOT_NAMES["begin"] and (len(words) > 2 or words[0] not in ARTICLES)
    ends = words[-1] in NOT_NAMES["end"] and (len(words) > 2 or len(words[-1]) > 1)
    return False, begins or ends or len(words) > _LONGEST_NAME
