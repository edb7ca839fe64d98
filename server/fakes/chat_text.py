"""Text of a fake chat model: an answer made from the prompt, JSON where JSON is asked for. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from server.fakes.structured_outputs import sample_of
from wzrd.contracts.wire import dumps, members_of

_COUNT = re.compile(r"exactly (\d{1,3}) shots?")
_SIZES = ("wide", "medium", "close_up", "full", "medium_close_up", "insert")
_MOVES = ("static", "dolly_in", "pan_left", "tracking", "tilt_up", "crane_down")
_SUBJECTS = ("the doorway", "a pair of hands", "the window", "a face in thought", "the empty street", "the table")
_SCENE = re.compile(r"Scene (\d+)")
_LINE = re.compile(r"\[line (?P<number>\d+)\] (?P<who>[^(:\n]+?)(?: \([^\n]*\))?:\n(?P<said>.+)", re.DOTALL)
_PIECE = re.compile(r"\s*\S+|\s+$")


def texts_of(messages: Iterable[object]) -> str:
    """The words of the messages, in order, a line each; parts that are no text are left out."""
    said: list[str] = []
    for message in messages:
        content = members_of(message).get("content")
        if isinstance(content, str):
            said.append(content)
        elif isinstance(content, list):
            parts = cast("list[object]", content)
            known = [cast("Mapping[str, Any]", part) for part in parts if isinstance(part, Mapping)]
            said += [str(part.get("text", "")) for part in known]
    return "\n".join(said)


def last_text(messages: list[object]) -> str:
    """The words of the last message: what is asked."""
    return texts_of(messages[-1:])


def answer_text(messages: list[object], *, json: bool, schema: object = None) -> str:
    """An answer: a sentence, JSON (of the schema, if there is one), or, for who asks for shots in JSON, that many."""
    said, asked = texts_of(messages), " ".join(last_text(messages).split())
    if not json:
        return f"A fake model's answer to: {asked[:80] or 'nothing'}. It names light, place and movement."
    if '"shots"' in said:
        count = _COUNT.search(said)
        return dumps({"shots": list(_shots(asked, int(count[1]) if count else 3))}).decode()
    if '"beats"' in said:
        return dumps(_reading(last_text(messages))).decode()
    return dumps(sample_of(schema) if schema else {"answer": f"A fake model's answer to: {asked[:80]}"}).decode()


def _reading(asked: str) -> dict[str, Any]:
    """A scene's reading, made of its text: a beat a paragraph, each line by its speaker."""
    scene = asked.partition("<scene>")[2].partition("</scene>")[0]
    beats: list[dict[str, Any]] = []
    for part in filter(None, (part.strip() for part in scene.split("\n\n"))):
        line = _LINE.match(part)
        about = {"act": "speak", "who": [line["who"]], "lines": [int(line["number"])]} if line else {"act": "other"}
        beats.append({"span": line["said"] if line else part, "weight": "decisive", **about})
    number = _SCENE.search(asked)
    return {"people": [], "scene": {"number": int(number[1]) if number else 1, "beats": beats}}


def _shots(asked: str, count: int) -> Iterable[dict[str, Any]]:
    start = hashlib.sha256(asked.encode()).digest()[0]
    for at in range(min(count, 100)):
        turn = start + at
        size, subject = _SIZES[turn % len(_SIZES)], _SUBJECTS[(turn * 5 + at) % len(_SUBJECTS)]
        yield {
            "description": f"Shot {at + 1}: the camera finds {subject}, {size.replace('_', ' ')}, in changing light.",
            "size": size,
            "angle": "eye_level" if turn % 2 else "low",
            "move": _MOVES[turn % len(_MOVES)],
            "lens_mm": (24, 35, 50, 85)[turn % 4],
            "title": f"Shot {at + 1}",
        }


def pieces(text: str) -> list[str]:
    """A text as a model streams it: word by word, nothing lost."""
    return _PIECE.findall(text)


def tokens_of(text: str) -> int:
    """About how many tokens a text has."""
    return max(1, len(text) // 4)
