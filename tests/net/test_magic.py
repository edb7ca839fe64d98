"""Type of a file, by its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.net.file_types import kind_told, sniff


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


@pytest.mark.parametrize(
    ("url", "told", "kind"),
    [
        ("https://v3.fal.media/files/a/frames.zip", "application/octet-stream", "application"),
        ("https://v3.fal.media/files/a/captions.srt?x=1.mp4", None, "text"),
        ("https://v3.fal.media/files/a/depth.exr", "image/x-exr", "other"),
        ("https://v3.fal.media/files/a/clip.MP4", "application/octet-stream", "video"),
        ("https://cdn.example/photo.jpeg", None, "image"),
        ("https://cdn.example/get.php", "video/mp4", "video"),
        ("https://cdn.example/get.php", "image/jpg", "image"),
        ("https://cdn.example/get", "application/zip", "application"),
        ("https://cdn.example/get", "application/octet-stream", ""),
        ("https://cdn.example/get", None, ""),
        ("data:image/png;base64,iVBORw0KGgo=", None, ""),
        ("https://[bad/x.zip", None, "application"),
        ("https://cdn.example.com", None, ""),
        ("https://cdn.example.com?a/b.zip", None, ""),
        ("https://cdn.example/a.d/get", None, ""),
    ],
)
def test_what_a_vendor_says_of_a_file(url: str, told: str | None, kind: str) -> None:
    """Its type where media are of it, else its name, else its type: what neither says is unknown, and looked at."""
    assert kind_told(url, told) == kind
