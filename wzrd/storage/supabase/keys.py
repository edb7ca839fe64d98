"""Paths as Supabase Storage's keys, which are plain ASCII and at most 1,024 bytes long behind its own prefix. Pure.

A path of plain characters is its own key; in others each byte that no key takes is `=` and two hex digits. One that
would be too long is a digest in its first folder: it is found by its path, and no list can tell its name.
"""

import hashlib
import re

MAX_KEY = 800
MAX_SEGMENT = 240
"""Bytes of one segment of a key: below what file systems take, with room for what Supabase adds."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_!.'() &$@;+,/-]")
_ESCAPE = re.compile(rb"=([0-9A-F]{2})")
_DIGEST = "=x"


def key_of(path: str) -> str:
    """The key of the file at a safe path; equal only for equal paths."""
    key = _NOT_PLAIN.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), path)
    segments = key.split("/")
    if len(key) <= MAX_KEY and all(len(segment) <= MAX_SEGMENT for segment in segments):
        return key
    digest = _DIGEST + hashlib.sha256(path.encode()).hexdigest()
    return f"{segments[0]}/{digest}" if len(segments) > 1 and len(segments[0]) <= MAX_SEGMENT else digest


def name_of(name: str) -> str | None:
    """The name in a list that one segment of a key stands for; None for a digest."""
    if name.startswith(_DIGEST):
        return None
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name.encode()).decode(errors="replace")
