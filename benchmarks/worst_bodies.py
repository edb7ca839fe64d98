"""The worst mebibyte for every reader of the API, from eight clients at once: how long another's /healthz waits.

The peer of each line is the same /healthz while nobody else asks. READERS in the environment names some of them.
"""

import asyncio
import base64
import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, percentile
from benchmarks.ground import ROOT, Server, database, end, folder, our_api, plain_environment, token

SECONDS = 3.0
BUDGET_MS = 100.0
MIB = 1 << 20
_HEALTH = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
_PART = b'--b\r\ncontent-disposition: form-data; name="%b"\r\n\r\nx\r\n'
_FILE = b'--b\r\ncontent-disposition: form-data; name="file"; filename="x.png"\r\n\r\n\x89PNG\r\n\x1a\n'
_FORM = "multipart/form-data; boundary=b"
_UPLOAD = "/storage/v1/object/project-assets/{user}/x.png"


def _many(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + unit * ((MIB - len(before) - len(after)) // len(unit)) + after


def _keys() -> bytes:
    return b"{" + b",".join(b'"%d":0' % number for number in range(MIB // 12)) + b"}"


JSON_BODIES = {
    "commas": _many(b",", b'{"prompt":["'),
    "brackets": _many(b"[", b'{"prompt":'),
    "strings": _many(b'"",', b'{"prompt":[', b'""]}'),
    "99,000 nulls": b'{"prompt":[' + b"null," * 99_000 + b"null]}",
    "99,000 empty objects in one": b'{"prompt":[' + b"{}," * 33_000 + b"{}]}",
    "keys": _keys(),
    "escapes": _many(rb"\u0041", b'{"prompt":"', b'"}'),
    "quotes": _many(rb"\"", b'{"prompt":"', b'"}'),
    "NULs": _many(rb"\u0000", b'{"prompt":"', b'"}'),
    "a number": _many(b"9", b'{"prompt":', b"}"),
    "numbers": _many(b"1e308,", b'{"prompt":[', b"1]}"),
    "words": _many(b"a ", b'{"prompt":"', b'"}'),
    "brackets in a text": _many(b"[{", b'{"prompt":"', b'"}'),
    "no UTF-8": _many(b"\xc3", b'{"prompt":"', b'"}'),
}
"""Bodies of routes that read JSON."""
JSON_ROUTES = (
    "groq-chat", "groq-stream", "gemini-text-generation", "generate-visual-prompt", "fal-stream", "gmi-execute",
    "gen-shots", "compute-execute", "compute-plan", "compute-save-graph", "director-cut-create",
    "project-auto-generate", "elevenlabs-tts", "wallet-auth", "model-catalog",
)  # fmt: skip


def _graph(count: int, text: str = "") -> bytes:
    """A graph of texts of which each follows the one before, of a project that is somebody else's."""
    ids = [uuid.UUID(int=number) for number in range(1, count + 1)]
    nodes = ",".join(f'{{"id":"{node}","kind":"Text","params":{{"value":"{text}"}}}}' for node in ids)
    edges = ",".join(
        f'{{"id":"{uuid.uuid4()}","source":{{"nodeId":"{one}","portId":"o"}},"target":{{"nodeId":"{two}","portId":"i"}}}}'
        for one, two in pairwise(ids)
    )
    return f'{{"projectId":"{uuid.uuid4()}","nodes":[{nodes}],"edges":[{edges}]}}'.encode()


def _requests() -> Iterator[tuple[str, str, str, bytes]]:
    """Reader and body, path, content type, body."""
    for name, body in JSON_BODIES.items():
        yield f"groq-chat, {name}", "/functions/v1/groq-chat", "application/json", body
        yield f"asset-upload, {name}", "/functions/v1/asset-upload", "application/json", b'{"file":{"x":' + body
    for route in JSON_ROUTES:
        for name in ("99,000 nulls", "words"):
            body = JSON_BODIES[name]
            for field in (b"messages", b"nodes", b"inputs") if name != "words" else (b"text",):
                named = body.replace(b'"prompt"', b'"%b"' % field, 1)
                yield f"{route}, {name} as {field.decode()}", f"/functions/v1/{route}", "application/json", named
    text = base64.b64encode(os.urandom(700_000))
    asset = b'{"assetType":"image","file":{"name":"x","base64":"'
    for name, data in {"base64": text, "escaped slashes": b"\\/" * 500_000, "escapes": rb"\u0041" * 170_000}.items():
        yield f"asset-upload, {name}", "/functions/v1/asset-upload", "application/json", asset + data + b'"}}'
    for name, body in {"graph of 4,000 nodes": _graph(4000), "graph of long texts": _graph(100, "x" * 9000)}.items():
        for route in ("compute-plan", "compute-save-graph"):
            yield f"{route}, {name}", f"/functions/v1/{route}", "application/json", body
    forms = {
        "parts": _many(_PART % b"a"),
        "parts of other names": b"".join(_PART % str(number).encode() for number in range(15_000)),
        "headers": _many(b"a: b\r\n", b"--b\r\n"),
        "a header": _many(b"a", b"--b\r\n"),
        "line ends": _many(b"\r\n", _FILE),
        "nearly boundaries": _many(b"\r\n--bx", _FILE),
        "carriage returns": _many(b"\r", _FILE),
    }
    for name, body in forms.items():
        yield f"storage upload, a form of {name}", _UPLOAD, _FORM, body
    paths = b",".join(b'"{user}/%d"' % number for number in range(1000))
    for route in ("list/project-assets", "sign/project-assets"):
        yield (
            f"storage {route}",
            f"/storage/v1/object/{route}",
            "application/json",
            b'{"prefix":"%b"}' % (b"a/" * 500_000),
        )
    yield (
        "storage sign of 1,000",
        "/storage/v1/object/sign/project-assets",
        "application/json",
        (b'{"expiresIn":60,"paths":[' + paths + b"]}"),
    )
    yield "auth, a form", "/auth/v1/token?grant_type=password", "application/x-www-form-urlencoded", _many(b"a=b&")


def _request(path: str, kind: str, body: bytes, user: uuid.UUID, *, chunked: bool = False) -> bytes:
    length = "transfer-encoding: chunked" if chunked else f"content-length: {len(body)}"
    head = (
        f"POST {path.replace('{user}', str(user))} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
        f"authorization: Bearer {token(user)}\r\ncontent-type: {kind}\r\n{length}\r\n\r\n"
    )
    return head.encode() + body


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    began = time.perf_counter()
    writer.write(_HEALTH)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))
    return (time.perf_counter() - began) * 1000


async def _waits(server: Server, until: asyncio.Future[Any]) -> list[float]:
    """The waits of one client that asks again and again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        waits = [await _ask(reader, writer)]
        while not until.done():
            waits.append(await _ask(reader, writer))
            await asyncio.sleep(0.002)
        return waits
    finally:
        writer.close()


async def _attacked(server: Server, request: Path) -> tuple[list[float], str]:
    words = [sys.executable, "-m", "benchmarks.peers.worst_bodies", str(server.port), str(SECONDS), str(request)]
    process = await asyncio.create_subprocess_exec(
        *words, cwd=ROOT, env=plain_environment(), stdout=asyncio.subprocess.PIPE
    )
    answered = asyncio.ensure_future(process.communicate())
    try:
        waits = await _waits(server, answered)
        return waits, (await answered)[0].decode().strip()
    finally:
        await end(process)


def _wanted(wanted: Sequence[str]) -> Iterator[tuple[str, bytes, uuid.UUID]]:
    for name, path, kind, body in _requests():
        user = uuid.uuid4()
        if not wanted or any(word in name for word in wanted):
            yield name, _request(path, kind, body, user), user
    if not wanted or "chunks" in wanted:
        user, tiny = uuid.uuid4(), b"1\r\nx\r\n" * (MIB // 6) + b"0\r\n\r\n"
        for path in ("/functions/v1/groq-chat", _UPLOAD):
            yield f"{path[1:12]}…, chunks of a byte", _request(path, "application/json", tiny, user, chunked=True), user


async def measure() -> list[Figure]:
    """One server for all; each line is one reader and one body."""
    figures = list[Figure]()
    wanted = [word for word in os.environ.get("READERS", "").split(";") if word]
    async with folder() as home, database(home) as url, our_api(url, WZRD_HOME=str(home / "wzrd")) as server:
        quiet = asyncio.ensure_future(asyncio.sleep(SECONDS))
        calm = percentile(await _waits(server, quiet), 0.99)
        for name, request, _ in _wanted(wanted):
            (home / "request").write_bytes(request)
            waits, answered = await _attacked(server, home / "request")
            p99 = percentile(waits, 0.99)
            told = f"{name} ({answered}; p50 {percentile(waits, 0.5):.0f}, worst {max(waits):.0f})"
            figures.append(Figure(told, p99, calm, "ms", f"<= {BUDGET_MS:.0f} ms", p99 <= BUDGET_MS))
    return figures
