"""Captions as a track of timed text: switched on by the viewer, in any script, without a font of ours."""

import itertools
from collections.abc import Generator, Sequence
from fractions import Fraction

from av.container import OutputContainer

from wzrd.domain.film import Caption
from wzrd.media.pyav import AnyPacket, add_captions, stamp, text_packet

MILLISECOND = Fraction(1, 1000)
LONGEST = 60_000
"""Bytes of a sample; the format's own length field ends at 65,535."""

_STYLE = """[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""Text from which libavcodec makes the track's description: white, centred, at the bottom."""


def track(
    film: OutputContainer, captions: Sequence[Caption], end: Fraction
) -> Generator[tuple[Fraction, int, AnyPacket]]:
    """Add the track to `film` at once and return its packets in order; none of them lasts beyond `end` seconds.

    Where captions overlap, their words stand one below the other: a track shows one text at a time.
    """
    stream = add_captions(film)
    stream.codec_context.subtitle_header = _STYLE.encode()
    stream.time_base = MILLISECOND
    samples = list(spans(captions, int(end / MILLISECOND)))

    def packets() -> Generator[tuple[Fraction, int, AnyPacket]]:
        for start, stop, text in samples:
            packet = stamp(text_packet(text), stream, start, start, stop - start, MILLISECOND)
            packet.is_keyframe = True
            yield start * MILLISECOND, 2, packet

    return packets()


def spans(captions: Sequence[Caption], end: int) -> Generator[tuple[int, int, str]]:
    """Start, stop and text of each sample, in milliseconds, without overlaps."""
    timed = [(max(0, round(c.start * 1000)), min(end, round(c.end * 1000)), _clean(c.text)) for c in captions]
    timed = [span for span in timed if span[0] < span[1] and span[2]]
    edges = sorted({edge for start, stop, _ in timed for edge in (start, stop)})
    for start, stop in itertools.pairwise(edges):
        if words := [text for begun, ended, text in timed if begun < stop and ended > start]:
            yield start, stop, "\n".join(words)


def _clean(text: str) -> str:
    """Text without control characters; a monster is cut between two letters."""
    text = "".join(letter for letter in text.strip() if letter == "\n" or letter.isprintable() or ord(letter) > 0xA0)
    return text.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
