"""The content type of an uploaded file: its first bytes decide, and what its sender says must fit them. Pure."""

import codecs
import mimetypes
import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from wzrd.domain.errors import BadRequest

HEAD_BYTES = 512
"""Bytes of a file's beginning that are looked at."""
ANY = "application/octet-stream"
PLAIN = "text/plain"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x00\x01\x00\x00", "font/ttf"),
    (b"true", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
)
"""Signatures of files that no provider makes and studios still use."""
_TEXTS = frozenset(
    {PLAIN, "text/csv", "text/markdown", "text/vtt", "application/json", "application/x-subrip", "model/gltf+json"}
)
"""Texts that no browser runs; HTML, SVG and scripts are none of them."""
_SPELLINGS: Mapping[str, str] = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/x-flac": "audio/flac",
    "audio/x-aac": "audio/aac",
    "application/ogg": "audio/ogg",
    "video/avi": "video/x-msvideo",
    "video/x-m4v": "video/mp4",
    "text/x-markdown": "text/markdown",
    "text/srt": "application/x-subrip",
    "application/x-font-ttf": "font/ttf",
    "application/x-font-otf": "font/otf",
    "application/font-woff": "font/woff",
    "font/sfnt": "font/ttf",
}
_CONTAINERS: tuple[frozenset[str], ...] = (
    frozenset({"video/mp4", "audio/mp4", "video/quicktime", "audio/x-m4b", "video/3gpp"}),
    frozenset({"video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"}),
    frozenset({"audio/ogg", "video/ogg", "audio/opus"}),
    frozenset({"image/heic", "image/heif", "image/avif"}),
    frozenset({"audio/mpeg", "audio/aac"}),
)
"""Types that begin alike: of these the sender's word is taken."""


class WrongType(BadRequest):
    """The file is not of a type that is taken here."""

    code = "invalid_mime_type"


def settle_type(claimed: str | None, head: bytes, *, kinds: Collection[str] | None = None) -> str:
    """The content type of a file that begins with `head` (its first 512 bytes), and is `claimed` to be something.

    No claim, `application/octet-stream`, and the `text/plain` that Supabase's clients send when they are told nothing,
    leave it to the bytes. `kinds`: the main types that are taken, None for all.

    Raises:
        WrongType: of no kind that is taken, or not what is claimed; the message names both.
    """
    said = (claimed or ANY).partition(";")[0].strip().lower()
    said = _SPELLINGS.get(said, said)
    found = sniff(head) or next((kind for start, kind in _SIGNATURES if head.startswith(start)), None)
    settled = _settled(said, found, head)
    if kinds is not None and settled.partition("/")[0] not in kinds:
        raise WrongType(f"mime type {settled} is not supported here: send {' or '.join(sorted(kinds))}", field="file")
    return settled


def _settled(said: str, found: str | None, head: bytes) -> str:
    if found is not None:
        if said in {ANY, PLAIN, found}:
            return found
        if any(said in alike and found in alike for alike in _CONTAINERS):
            return said
        raise WrongType(
            f"mime type {said[:100]} does not fit: the file's bytes say {found}; send it as that", field="file"
        )
    wanted = PLAIN if said == ANY else said
    if wanted not in _TEXTS:
        raise WrongType(f"mime type {said[:100]} is not supported, or the file's bytes are not that", field="file")
    if not _is_text(head):
        known = "a picture, clip, sound, model, font, PDF or text"
        raise WrongType(f"mime type {said[:100]} is not supported: send {known}", field="file")
    return wanted


def _is_text(head: bytes) -> bool:
    """True if it begins as UTF-8 without control characters; a character may be cut off at the end."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(char < " " and char not in "\t\n\r\f\x1b" for char in text)


SNIFF_BYTES = 64

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"glTF", "model/gltf-binary"),
)
"""The bytes a file starts with, and the content type they mean."""
_RIFF: Mapping[bytes, str] = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Mapping[bytes, str] = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}

EXTENSIONS: Mapping[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/quicktime": ".mov",
    "video/x-msvideo": ".avi",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/aac": ".aac",
    "audio/mp4": ".m4a",
    "model/gltf-binary": ".glb",
}
"""The extension of a file of each content type that we take."""


_BY_NAME = mimetypes.MimeTypes()
"""Python's own table of names, without this machine's."""


def kind_told(url: str, told: str | None) -> str:
    """The main type of the file at an address by what is `told` of it, else by its name; `""` where neither says it.

    A name with an ending that no media file has is of type `other`.
    """
    if not url.lower().startswith("http"):
        return ""
    said = _SPELLINGS.get(told or "", told or "")
    path = re.split(r"[?#]", url, maxsplit=1)[0].split("/", 3)[3:]
    suffix = PurePosixPath(*path).suffix.lower()
    if said in EXTENSIONS or not suffix:
        return "" if said == ANY else said.partition("/")[0]
    named = next((kind for kind, ending in EXTENSIONS.items() if ending == suffix), None)
    return (named or _BY_NAME.guess_type(f"x{suffix}")[0] or "other").partition("/")[0]


def _is_mpeg_audio(head: bytes) -> bool:
    """An MPEG audio frame: eleven set bits, and no reserved version, layer, bit rate or sample rate."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer != 0 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def sniff(head: bytes) -> str | None:
    """The content type of a file that starts with `head` (64 bytes are enough), or None for what we do not take.

    Known are the images, videos, sounds and 3D models that providers deliver and ffmpeg reads without a playlist.
    """
    if head[4:8] == b"ftyp" and len(head) >= 12:
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    for signature, content_type in _MAGIC:
        if head.startswith(signature):
            return content_type
    if head[:1] == b"\xff" and head[1:2] in (b"\xf1", b"\xf9"):
        return "audio/aac"
    return "audio/mpeg" if _is_mpeg_audio(head) else None
