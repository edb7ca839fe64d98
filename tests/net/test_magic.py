"""Type of a file, by its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.net.file_types import sniff


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00", "video/mp4"),
        (b"\x00\x00\x00\x20ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypavif", "image/avif"),
        (b"\x00\x00\x00\x20ftypheic", "image/heic"),
        (b"\x1aE\xdf\xa3\x01", "video/webm"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"fLaC\x00", "audio/flac"),
        (b"OggS\x00", "audio/ogg"),
        (b"glTF\x02", "model/gltf-binary"),
        (b"", None),
        (b"<html>", None),
        (b"<svg xmlns=", None),
        (b"#EXTM3U\n", None),  # a playlist would send ffmpeg elsewhere
        (b"ffconcat version 1.0", None),
        (b"RIFF\x00\x00\x00\x00XXXX", None),
        (b"\xff\xff\xff\xff", None),
        (b"%PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"\x00\x00\x00\x20ftyp", None),
    ],
)
def test_signatures(head: bytes, content_type: str | None) -> None:
    """Each kind we take, and kinds that we do not."""
    assert sniff(head) == content_type


@given(st.binary(max_size=64))
def test_any_bytes(head: bytes) -> None:
    """Any beginning is a known media type or None."""
    found = sniff(head)
    assert found is None or found.split("/")[0] in {"image", "video", "audio", "model"}
