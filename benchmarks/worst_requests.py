"""The worst mebibyte for each reader of the API: what is sent to which route, and what a provider answers."""

import base64
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

MIB = 1 << 20
JSON, FORM = "application/json", "multipart/form-data; boundary=b"
_PART = b'--b\r\ncontent-disposition: form-data; name="%b"\r\n\r\nx\r\n'
_FILE = b'--b\r\ncontent-disposition: form-data; name="file"; filename="x.png"\r\n\r\n\x89PNG\r\n\x1a\n'
_UPLOADS = {"storage upload": "/storage/v1/object/project-assets/{user}/x.png", "upload": "/functions/v1/upload"}


@dataclass(frozen=True, slots=True)
class Worst:
    """A request to one reader. `{user}` and `{project}` stand for who sends it and a project of theirs."""

    name: str
    path: str
    kind: str
    body: bytes
    chunked: bool = False

    def fill(self, user: uuid.UUID, project: uuid.UUID, token: str) -> bytes:
        """The whole request of this user's."""
        body = self.body.replace(b"{project}", str(project).encode())
        length = "transfer-encoding: chunked" if self.chunked else f"content-length: {len(body)}"
        head = (
            f"POST {self.path.replace('{user}', str(user))} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
            f"authorization: Bearer {token}\r\ncontent-type: {self.kind}\r\n{length}\r\n\r\n"
        )
        return head.encode() + body


def many(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """A mebibyte of the unit between the two."""
    return before + unit * ((MIB - len(before) - len(after)) // len(unit)) + after


def keys() -> bytes:
    """An object of as many keys as a mebibyte has room for."""
    return b"{" + b",".join(b'"%d":0' % number for number in range(MIB // 12)) + b"}"


JSON_BODIES = {
    "commas": many(b",", b'{"prompt":["'),
    "brackets": many(b"[", b'{"prompt":'),
    "strings": many(b'"",', b'{"prompt":[', b'""]}'),
    "99,000 nulls": b'{"prompt":[' + b"null," * 99_000 + b"null]}",
    "99,000 empty objects in one": b'{"prompt":[' + b"{}," * 33_000 + b"{}]}",
    "keys": keys(),
    "16,000 keys": b"{" + b",".join(b'"%060d":[]' % number for number in range(16_000)) + b"}",
    "escapes": many(rb"\u0041", b'{"prompt":"', b'"}'),
    "quotes": many(rb"\"", b'{"prompt":"', b'"}'),
    "NULs": many(rb"\u0000", b'{"prompt":"', b'"}'),
    "a number": many(b"9", b'{"prompt":', b"}"),
    "numbers": many(b"1e308,", b'{"prompt":[', b"1]}"),
    "words": many(b"a ", b'{"prompt":"', b'"}'),
    "brackets in a text": many(b"[{", b'{"prompt":"', b'"}'),
    "no UTF-8": many(b"\xc3", b'{"prompt":"', b'"}'),
}
"""Bodies of routes that read JSON."""

_WORDS, _OBJECTS = "words", "99,000 empty objects in one"
_ROUTES = {
    "groq-stream": (_WORDS, "prompt"),
    "gemini-text-generation": (_WORDS, "prompt"),
    "generate-visual-prompt": (_WORDS, "shotIdea"),
    "fal-stream": (_WORDS, "inputs"),
    "gmi-execute": (_OBJECTS, "inputs"),
    "gen-shots": (_OBJECTS, "existingShots"),
    "compute-execute": (_OBJECTS, "nodeIds"),
    "compute-plan": ("99,000 nulls", "nodeIds"),
    "director-cut": (_OBJECTS, "settings"),
    "project-auto-generate": (_OBJECTS, "settings"),
    "elevenlabs-tts": (_WORDS, "text"),
    "elevenlabs-music": (_WORDS, "prompt"),
    "generate-shot-image": (_OBJECTS, "referenceAssets"),
    "generate-shot-audio": (_WORDS, "text"),
    "generation-route": (_OBJECTS, "referenceAssets"),
    "wallet-auth": (_WORDS, "message"),
    "model-catalog": (_WORDS, "params"),
}
"""The other routes that read JSON, each with the worst of those bodies in the field that it looks at closest."""


def requests() -> Iterator[Worst]:
    """One request for each line of the table."""
    for name, body in JSON_BODIES.items():
        yield Worst(f"groq-chat, {name}", "/functions/v1/groq-chat", JSON, body)
    for route, (name, field) in _ROUTES.items():
        named = JSON_BODIES[name].replace(b'"prompt"', b'"%b"' % field.encode(), 1)
        if name == _WORDS and route == "fal-stream":
            named = b'{"model_id":"fal-ai/flux/dev","inputs":' + JSON_BODIES[name] + b"}"
        yield Worst(f"{route}, {name} as {field}", f"/functions/v1/{route}", JSON, named)
    yield from _asset_uploads()
    yield from _graphs()
    yield from _forms()
    yield from _stored()
    yield from _screenplays()
    for number, answer in enumerate(ANSWERS):  # a model that fails rests for a while: each has its own
        asked = b'{"model":"worst-%d","prompt":"%b"}' % (number, answer.encode())
        yield Worst(f"provider's answer, {answer}", "/functions/v1/groq-chat", JSON, asked)


def _asset_uploads() -> Iterator[Worst]:
    path = "/functions/v1/asset-upload"
    for name in ("commas", "strings", "99,000 nulls", "keys", "quotes", "NULs"):
        yield Worst(f"asset-upload, {name}", path, JSON, b'{"file":{"x":' + JSON_BODIES[name])
    text = base64.b64encode(os.urandom(700_000))
    asset = b'{"assetType":"image","file":{"name":"x","base64":"'
    for name, data in {"base64": text, "escaped slashes": b"\\/" * 500_000, "escapes": rb"\u0041" * 170_000}.items():
        yield Worst(f"asset-upload, {name}", path, JSON, asset + data + b'"}}')


def _graph(count: int, text: str = "") -> bytes:
    """A graph of texts of which each follows the one before."""
    ids = [uuid.uuid4() for _ in range(count)]
    nodes = ",".join(f'{{"id":"{node}","kind":"Text","params":{{"value":"{text}"}}}}' for node in ids)
    edges = ",".join(
        f'{{"id":"{uuid.uuid4()}","source":{{"nodeId":"{one}","portId":"o"}},"target":{{"nodeId":"{two}","portId":"i"}}}}'
        for one, two in pairwise(ids)
    )
    return f'{{"projectId":"{{project}}","nodes":[{nodes}],"edges":[{edges}]}}'.encode()


def _graphs() -> Iterator[Worst]:
    """Bodies of the route that takes more structure than others; the first two are graphs, and are saved."""
    begin = b'{"projectId":"{project}",'
    bodies = {
        "graph of 4,000 nodes": _graph(4000),
        "graph of long texts": _graph(100, "x" * 9000),
        "objects": many(b"{},", begin + b'"edges":[],"nodes":[', b"{}]}"),
        "objects of one": many(b'{"a":0},', begin + b'"edges":[],"nodes":[', b"{}]}"),
        "lists": many(b"[],", begin + b'"nodes":[],"edges":[', b"[]]}"),
        "inputs": many(
            b'{"a":[],"b":"--------"},',  # as many objects and lists as the rest of a body may have
            begin + b'"edges":[],"nodes":[{"id":"%b","inputs":[' % _ID + b'{"a":[]},' * 24_000,
            b"{}]}]}",
        ),
        "keys": begin + b'"edges":[],"nodes":[{"id":"%b","params":' % _ID + keys() + b"}]}",
    }
    for name, body in bodies.items():
        yield Worst(f"compute-save-graph, {name}", "/functions/v1/compute-save-graph", JSON, body)


_ID = str(uuid.uuid4()).encode()


def _forms() -> Iterator[Worst]:
    bodies = {
        "parts": many(_PART % b"a"),
        "parts of other names": b"".join(_PART % str(number).encode() for number in range(15_000)),
        "headers": many(b"a: b\r\n", b"--b\r\n"),
        "a header": many(b"a", b"--b\r\n"),
        "line ends": many(b"\r\n", _FILE),
        "nearly boundaries": many(b"\r\n--bx", _FILE),
        "carriage returns": many(b"\r", _FILE),
    }
    for name, body in bodies.items():
        yield Worst(f"storage upload, a form of {name}", _UPLOADS["storage upload"], FORM, body)
    yield Worst("upload, a form of nearly boundaries", _UPLOADS["upload"], FORM, bodies["nearly boundaries"])
    yield Worst("storage upload, a picture", _UPLOADS["storage upload"], "image/png", many(b"\0", b"\x89PNG\r\n\x1a\n"))
    yield Worst(
        "auth, a form", "/auth/v1/token?grant_type=password", "application/x-www-form-urlencoded", many(b"a=b&")
    )
    tiny = b"1\r\nx\r\n" * (MIB // 6) + b"0\r\n\r\n"
    for name, path in {"groq-chat": "/functions/v1/groq-chat", **_UPLOADS}.items():
        yield Worst(f"{name}, chunks of a byte", path, JSON, tiny, chunked=True)


def _stored() -> Iterator[Worst]:
    prefix = b'{"prefix":"%b"}' % (b"a/" * 500_000)
    for route in ("list", "sign"):
        yield Worst(f"storage {route}", f"/storage/v1/object/{route}/project-assets", JSON, prefix)
    paths = b'{"expiresIn":60,"paths":[' + b",".join(b'"{user}/%d"' % number for number in range(1000)) + b"]}"
    yield Worst("storage sign of 1,000", "/storage/v1/object/sign/project-assets", JSON, paths)


def _screenplays() -> Iterator[Worst]:
    """Files of 3/4 MiB, a mebibyte as base64."""
    room, page = 3 * MIB // 4 - 100, b"INT. ROOM - DAY\n\n"
    cues = b"".join(b"NAME %s\nHi.\n\n" % name.encode() for name in map(_letters, range(room // 17)))
    pages = {
        "one word for a heading": b"INT. " + b"A" * room,
        "one word of capitals": page + b"A-" * (room // 2),
        "one line of a speech": page + b"MARA: " + b"A " * (room // 2),
        "one paragraph": page + b"MARA waits, and the rain goes on. " * (room // 34),
        "thousands of cues": page + cues,
        "thousands of headings": page * (room // len(page)),
    }
    for name, text in pages.items():
        body = b'{"fileName":"a.fountain","file":"%b"}' % base64.b64encode(text)
        yield Worst(f"projects, {name}", "/functions/v1/projects", JSON, body)


def _letters(number: int) -> str:
    """A word of four letters for a number."""
    return "".join(chr(65 + number // 26**place % 26) for place in range(4))


def _whole(content: bytes, more: bytes = b"") -> bytes:
    """A chat provider's whole answer."""
    return b'{"choices":[{"message":{"content":"' + content + b'"}}]' + more + b"}"


def _event(content: bytes, more: bytes = b"") -> bytes:
    return b'data: {"choices":[{"delta":{"content":"' + content + b'"}}]' + more + b"}\n\n"


ANSWERS = {
    "objects": _whole(b"x", many(b"{},", b',"usage":{"a":[', b"{}]}")),
    "objects of one": _whole(b"x", many(b'{"a":0},', b',"usage":{"a":[', b"{}]}")),
    "keys": _whole(b"x", b',"usage":' + keys()),
    "escapes": _whole(many(rb"\u0041")),
    "half surrogates": _whole(many(rb"\ud800")),
    "a long event": _event(b"x" * (MIB - 100_000)) + b"data: [DONE]\n\n",
    "an event of objects": _event(b"x", many(b"{},", b',"usage":{"a":[', b"{}]}")) + b"data: [DONE]\n\n",
    "small events": _event(b"x") * (MIB // len(_event(b"x"))) + b"data: [DONE]\n\n",
    "events of a key": b'data: {"a":0}\n\n' * (MIB // 15) + b"data: [DONE]\n\n",
    "empty lines": many(b"\n", b"data: {}") + b"data: [DONE]\n\n",
    "comments": many(b":\n") + b"data: [DONE]\n\n",
}
"""Answers of a chat provider, by what it is asked."""
