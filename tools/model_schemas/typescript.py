"""The inputs of endpoints as JSON Schema, read from the TypeScript declarations of fal's client. Pure.

Types, enums and what is required are the types' own; defaults, bounds and lengths stand in their comments.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from wzrd.models.schemas.openapi import is_prose

Schema: TypeAlias = dict[str, Any]

_TOKEN = re.compile(
    r'/\*\*(?P<comment>.*?)\*/|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>-?[\w$.]+)|(?P<sign>[^\s\w])', re.DOTALL
)
_DECLARED = re.compile(r"^export type (\w+) = ", re.MULTILINE)
_ENDPOINTS = "EndpointTypeMap"
_DEFAULT = re.compile(r"Default value: `(.*?)`(?=[\s.]|$)", re.DOTALL)
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BOUNDS = re.compile(
    rf"(?:between |range:? |values from |\(){_NUMBER} ?(?:to|and|-) ?{_NUMBER}(?=[\s).]|$)", re.IGNORECASE
)
_VAGUE = re.compile(r"typical|lower values|higher values|e\.g\.|recommend", re.IGNORECASE)
_STEPS = re.compile(r"multiple of (\d+)")
_CHARACTERS = re.compile(r"(?:max|limited to) (\d+) characters", re.IGNORECASE)
_ITEMS = re.compile(r"\(?(\d)-(\d) images|up to (\d+) image", re.IGNORECASE)
_SCALARS: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "any": {},
    "unknown": {},
    "void": {},
    "Blob": {"format": "uri"},
    "File": {"format": "uri"},
}


class Declarations:
    """The declarations of one release, by name."""

    def __init__(self, text: str) -> None:
        starts = [(found[1], found.start(), found.end()) for found in _DECLARED.finditer(text)]
        ends = [start for _, start, _ in starts[1:]] + [len(text)]
        self._bodies = {name: text[begin:end] for (name, _, begin), end in zip(starts, ends, strict=True)}
        inputs = re.findall(r'"([^"]+)": \{\s*input: (\w+);', self._bodies.get(_ENDPOINTS, ""))
        self._inputs = {endpoint: name for endpoint, name in inputs if name in self._bodies}

    @property
    def endpoints(self) -> frozenset[str]:
        """Ids of the endpoints that are declared."""
        return frozenset(self._inputs)

    def input_of(self, endpoint_id: str) -> Schema:
        """The schema of an endpoint's input.

        Raises:
            KeyError: it is not declared.
            ValueError: its declaration cannot be read.
        """
        return self._resolve(self._inputs[endpoint_id])

    def _resolve(self, name: str) -> Schema:
        return _Reader(self._bodies[name], self._resolve).type()


class _Reader:
    """One type expression, token by token."""

    def __init__(self, text: str, resolve: Callable[[str], Schema]) -> None:
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self._resolve = resolve
        self._next()

    def _next(self) -> str:
        """The token that is read now; the one behind it is seen next."""
        read = self._seen if hasattr(self, "_seen") else ""
        found = next(self._tokens, None)
        self._comment = found is not None and found["comment"] is not None
        self._seen = "" if found is None else found["comment"] if self._comment else found[0]
        return read

    def _expect(self, sign: str) -> None:
        if (found := self._next()) != sign:
            raise ValueError(f"expected {sign!r}, found {found!r}")

    def type(self) -> Schema:
        """A type: one, or several of which one holds."""
        members = [self._single()]
        while self._seen == "|":
            self._next()
            members.append(self._single())
        return _union(members)

    def _single(self) -> Schema:
        word = self._next()
        if word == "{":
            made = self._object()
        elif word in {"Array", "Record"}:
            made = self._generic(word)
        elif word[:1] == '"' or word.lstrip("-").replace(".", "", 1).isdigit():
            made = {"enum": [json.loads(word)]}
        elif word in _SCALARS:
            made = dict(_SCALARS[word])
        elif word in {"true", "false"}:
            made = {"enum": [word == "true"]}
        else:
            made = self._resolve(word)
        while self._seen == "[":
            self._next()
            self._expect("]")
            made = {"type": "array", "items": made}
        return made

    def _generic(self, word: str) -> Schema:
        self._expect("<")
        inner = self.type()
        if word == "Record":
            self._expect(",")
            inner = self.type()
        self._expect(">")
        return {"type": "array", "items": inner} if word == "Array" else {"type": "object"}

    def _object(self) -> Schema:
        properties: dict[str, Schema] = {}
        required: list[str] = []
        while self._seen != "}":
            comment = self._next() if self._comment else ""
            name = self._next().strip('"')
            if self._seen == "?":
                self._next()
            else:
                required.append(name)
            self._expect(":")
            properties[name] = _annotated(self.type(), " ".join(line.strip(" *") for line in comment.splitlines()))
            if self._seen == ";":
                self._next()
        self._expect("}")
        needed = {"required": required} if required else {}
        return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _union(members: list[Schema]) -> Schema:
    """One schema of several: literals are one enum, a file is an address, the rest are alternatives."""
    if any(one == {"format": "uri"} for one in members):
        return {"type": "string", "format": "uri"}
    literals = [value for one in members if set(one) == {"enum"} for value in one["enum"]]
    others = [one for one in members if set(one) != {"enum"}]
    if {"type": "string"} in others:  # any text will do, the named ones are examples
        literals = [value for value in literals if not isinstance(value, str)]
    ways = [*others, *([{"enum": literals}] if literals else [])]
    return ways[0] if len(ways) == 1 else {"anyOf": ways}


def _annotated(schema: Schema, comment: str) -> Schema:
    """The schema with what the comment says of its default and its bounds."""
    made, said = dict(schema), _DEFAULT.sub("", comment)
    kind = made.get("type")
    if kind == "number":
        found = _BOUNDS.search(said)
        sentence = "" if found is None else said[said.rfind(". ", 0, found.start()) + 1 : found.end()]
        if found is not None and not _VAGUE.search(sentence):
            made |= {"minimum": json.loads(found[1]), "maximum": json.loads(found[2])}
        if steps := _STEPS.search(said):
            made["multipleOf"] = int(steps[1])
    elif kind == "string" and (length := _CHARACTERS.search(said)):
        made["maxLength"] = int(length[1])
    elif kind == "array" and (items := _ITEMS.search(said)):
        made |= {"minItems": int(items[1]), "maxItems": int(items[2])} if items[1] else {"maxItems": int(items[3])}
    if default := _DEFAULT.search(comment):
        try:
            value = json.loads(default[1])
        except ValueError:
            return made
        made |= {} if is_prose(value) else {"default": value}
    return made
