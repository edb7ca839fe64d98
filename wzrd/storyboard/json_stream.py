"""JSON found in a chat model's text, character by character, forgiving: the shots in it come out as they close.

A stack of frames with roles says which values are shots. Forgiven: prose and fences around, missing or spare commas,
raw newlines and unescaped quotes inside strings, wrong closers, deep nesting. What broke off is dropped.
A closing quote is believed once the next character that is no blank fits behind it.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

MAX_ANSWER, MAX_STRING, MAX_DEPTH, MAX_FIELDS, MAX_ITEMS = 262_144, 6_000, 64, 40, 500

Role = Literal["list", "item", "part", "holder", "wrapper", "wrapper_list", "other"]
_LIST_KEYS = frozenset(
    {"shots", "ideas", "descriptions", "shot_list", "shotlist", "shot_descriptions", "storyboard", "items", "results"}
    | {"beats", "frames", "panels"}
)
_PART_KEYS = frozenset({"shot", "camera", "framing", "details", "cinematography", "technical", "composition"})
_ALONE_KEYS = frozenset({"description", "idea", "prompt_idea", "prompt", "shot_description", "visual_prompt"})
_NUMBERED = re.compile(r"(?:shot|idea|beat|frame|panel)?_?\d{1,3}$")
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?(?:mm)?$", re.IGNORECASE)
_IN_STRING, _OPENER = re.compile(r'["\\]'), re.compile(r"[\[{]")
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S])|$)")
Fields: TypeAlias = dict[str, str]
"""One shot as it was written: its scalar values by snake_case key; a bare string is a description."""
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "u": ""}


@dataclass(slots=True)
class _Frame:
    opener: str
    role: Role
    found_before: int
    fields: dict[str, str] = field(default_factory=dict[str, str])
    key: str | None = None
    after_colon: bool = False


class JsonStream:
    """Feed it text in any pieces; it gives back the shots that are complete."""

    def __init__(self) -> None:
        self.found = 0
        self.room = MAX_ANSWER
        self._stack: list[_Frame] = []
        self._openers = {"[": 0, "{": 0}  # how many of each are in the stack: a closer must not look through it
        self._overflow = 0
        self._mode: Literal["prose", "maybe", "value", "string", "quoted", "bare"] = "prose"
        self._opener = ""
        self._text: list[str] = []
        self._size = 0
        self._escaped = False
        self._gap = ""
        self._items: list[Fields] = []

    def feed(self, text: str) -> list[Fields]:
        """The shots that `text` completes; what exceeds MAX_ANSWER characters in all is ignored."""
        text = text[: self.room]
        self.room -= len(text)
        at = 0
        while at < len(text):
            at = self._step(text, at)
        return self._taken()

    def finish(self) -> list[Fields]:
        """Shots that only the end completes: a last string whose closing quote had nothing behind it."""
        if self._mode == "quoted":
            self._close_string(following="")
        return self._taken()

    def _taken(self) -> list[Fields]:
        items, self._items = self._items, []
        return items

    def _step(self, text: str, at: int) -> int:
        """Take what stands at `at`; the index of what comes next."""
        if self._mode == "string":
            return self._in_string(text, at)
        if self._mode == "prose":
            opener = _OPENER.search(text, at)
            if opener is None:
                return len(text)
            self._mode, self._opener = "maybe", opener.group()
            return opener.end()
        return at + 1 if self._take(text[at]) else at

    def _take(self, char: str) -> bool:
        """Take one character outside strings and prose; False when it is still to be read in the new mode."""
        if self._mode == "quoted":
            return self._after_quote(char)
        if self._mode == "maybe":
            return char.isspace() or self._maybe_root(char)
        if self._mode == "bare":
            return self._in_bare(char)
        self._in_value(char)
        return True

    def _maybe_root(self, char: str) -> bool:
        fits = char in ('"{[]' if self._opener == "[" else '"}')
        self._mode = "prose"
        if fits:
            self._open(self._opener)
        return False

    # strings

    def _in_string(self, text: str, at: int) -> int:
        if self._escaped:
            self._escaped = False
            self._keep(text[at])
            return at + 1
        special = _IN_STRING.search(text, at)
        end = special.start() if special else len(text)
        self._keep(text[at:end])
        if special is None:
            return end
        if special.group() == "\\":
            self._escaped = True
            self._keep("\\")
        else:
            self._mode, self._gap = "quoted", ""
        return end + 1

    def _keep(self, piece: str) -> None:
        if self._size < MAX_STRING:
            piece = piece[: MAX_STRING - self._size]
            self._text.append(piece)
            self._size += len(piece)

    def _after_quote(self, char: str) -> bool:
        """Decide on a quote by the character behind it; False when that character is still to be read."""
        if char.isspace():
            self._gap = "\n" if "\n" in (char, self._gap) else (self._gap + char)[:40]
            return True
        frame = self._stack[-1]
        is_key = frame.opener == "{" and not frame.after_colon
        closes = char in ",]}/" or (char == ":" and is_key) or self._gap == "\n" or (char == '"' and bool(self._gap))
        if closes:
            self._close_string(following=char)
            return False
        self._keep('"' + self._gap)
        self._gap = ""
        if char == '"':
            return True  # an inner quote right before another: the second one is the candidate now
        self._mode = "string"
        return False

    def _close_string(self, following: str) -> None:
        value = _unescaped("".join(self._text))
        self._text.clear()
        self._size, self._mode = 0, "value"
        frame = self._stack[-1]
        if frame.opener == "{" and not frame.after_colon:
            frame.key = _snake(value) if following == ":" else None
            return
        self._value(frame, value)

    # structure

    def _in_value(self, char: str) -> None:
        frame = self._stack[-1]
        if char == '"':
            self._mode = "string"
        elif char in "[{":
            self._open(char)
        elif char in "]}":
            self._close(char)
        elif char == ":":
            frame.after_colon = frame.opener == "{"
        elif char == ",":
            frame.after_colon, frame.key = False, None
        elif not char.isspace():
            self._mode = "bare"
            self._keep(char)

    def _in_bare(self, char: str) -> bool:
        if char not in ',:[]{}"' and not char.isspace():
            self._keep(char)
            return True
        value = "".join(self._text)
        self._text.clear()
        self._size, self._mode = 0, "value"
        frame = self._stack[-1]
        if frame.role in {"item", "part", "holder"} and frame.after_colon and _NUMBER.match(value):
            self._value(frame, value)
        return False

    def _open(self, opener: str) -> None:
        self._mode = "value"
        if len(self._stack) >= MAX_DEPTH or self._overflow:
            self._overflow += 1
            return
        parent = self._stack[-1] if self._stack else None
        role = _role(parent, opener)
        frame = _Frame(opener, role, self.found)
        if role == "part" and parent is not None:
            frame.fields = parent.fields
        self._stack.append(frame)
        self._openers[opener] += 1

    def _close(self, closer: str) -> None:
        if self._overflow:
            self._overflow -= 1
            return
        opener = "[" if closer == "]" else "{"
        if self._openers[opener]:
            while self._pop().opener != opener:
                pass
        if not self._stack:
            self._mode = "prose"

    def _pop(self) -> _Frame:
        frame = self._stack.pop()
        self._openers[frame.opener] -= 1
        alone = frame.role == "holder" and self.found == frame.found_before and _ALONE_KEYS & frame.fields.keys()
        if frame.role == "item" or alone:
            self._emit(frame.fields)
        if self._stack:
            self._stack[-1].after_colon = False
        return frame

    def _value(self, frame: _Frame, value: str) -> None:
        key = frame.key or ""
        frame.after_colon = False
        if frame.role == "list" or (frame.role == "holder" and _NUMBERED.match(key)):
            self._emit({"description": value})
        elif frame.role in {"item", "part", "holder"} and key and len(frame.fields) < MAX_FIELDS:
            frame.fields.setdefault(key, value)

    def _emit(self, fields: dict[str, str]) -> None:
        if fields and self.found < MAX_ITEMS:
            self.found += 1
            self._items.append(fields)


def _role(parent: _Frame | None, opener: str) -> Role:
    """Role of a container by where it stands: only lists of shots and the objects in them are shots."""
    is_list = opener == "["
    if parent is None:
        return "list" if is_list else "holder"
    key = parent.key or ""
    if parent.role in {"holder", "wrapper"}:
        if key in _LIST_KEYS:
            return "list" if is_list else "holder"
        numbered = not is_list and _NUMBERED.match(key)
        return "wrapper_list" if is_list else "item" if numbered else "wrapper"
    inside: dict[str, Role] = {"list": "item", "wrapper_list": "wrapper"}
    if parent.role == "item":
        late = key == "shots" and not _ALONE_KEYS & parent.fields.keys()  # a list of lists of shots
        return "list" if is_list and late else "part" if not is_list and key in _PART_KEYS else "other"
    return "other" if is_list else inside.get(parent.role, "other")


def _snake(key: str) -> str:
    """A key as we compare it: promptIdea, "Prompt idea" and prompt-idea are prompt_idea."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.strip()[:60])
    return re.sub(r"[\W_]+", "_", split).strip("_").casefold()


def _unescaped(raw: str) -> str:
    """A JSON string's content; an escape that is none stands for its character, half a surrogate pair for nothing."""

    def decode(found: re.Match[str]) -> str:
        high, low, unit, simple = found.groups()
        if high:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if unit:
            code = int(unit, 16)
            return "" if 0xD800 <= code < 0xE000 else chr(code)
        return _SIMPLE.get(simple, simple) if simple else ""

    return _ESCAPE.sub(decode, raw)
