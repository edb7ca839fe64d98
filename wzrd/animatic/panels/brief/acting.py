"""What people do in a shot, read from its words: pose, feeling, what is in their hands."""

import re

from wzrd.animatic.panels.brief import word_lists as words

_QUOTED = re.compile(r"[\"\u201c\u201d\u00ab\u00bb][^\"\u201c\u201d\u00ab\u00bb]*[\"\u201c\u201d\u00ab\u00bb]?")
# What the camera does says nothing of the people: "held still", "pushes in", "looking frame right".
_CAMERA = re.compile(
    r"\b(?:hold(?:s|ing)? (?:frame|on|a|an|the|\w+ in)|held still|holds still|push\w* in\w*|pull\w* back|"
    r"we(?:'re| are| now| can)? (?:see|hear|find|open|pan|move|cut|push|pull|follow|stay|go|hold|watch|reveal)\w*|"
    r"looking frame|let it play|keeps up|locked off|the (?:\w+ )?camera (?:(?! as )[^.;:,])*)",
    re.IGNORECASE,
)
_HELD = frozenset({
    "letter", "paper", "book", "phone", "telephone", "key", "gun", "cup", "glass", "bottle", "thermos", "ticket",
        "photo",
    "suitcase", "knife", "lamp", "candle", "umbrella", "radio", "flower", "hat", "camera", "box", "horn", "rope",
        "stamp",
    "mic", "toy", "watch", "money", "food", "cap",
})  # fmt: skip


def without_speech_and_camera(idea: str) -> str:
    """A shot's words without speech and camera."""
    return _CAMERA.sub(" ", _QUOTED.sub(" ", idea[: words.MAX_READ]))


def pose_of(text: str) -> str:
    """What somebody does; nothing said is standing."""
    return next(iter(words.meanings(words.POSES, text)), "stand")


def feeling_of(text: str) -> str:
    """What somebody feels, or nothing."""
    return next(iter(words.meanings(words.FEELINGS, text)), "")


def held_in(text: str) -> str:
    """What is in somebody's hands, or nothing."""
    return next((thing for thing in words.meanings(words.THINGS, text) if thing in _HELD), "")


def thing_of(subject: str) -> str:
    """The kind of thing that a subject's last known word names, or nothing."""
    found = [words.THINGS[word] for word in words.words_of(subject) if word in words.THINGS]
    return found[-1] if found else ""
