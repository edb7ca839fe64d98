"""House clips, or a picture made elsewhere, become a film by copying packets: nothing is encoded, every frame stays.

Timestamps are ours, counted on the frame grid; sound and captions are laid beside. Stream copy forgives everything and
plays nothing right (frames lost, hidden ones shown again), so whatever is not exactly house is refused before.
"""

import heapq
import math
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.stream import Stream

from wzrd.domain.errors import RunStopped
from wzrd.domain.film import FPS, Caption, Frame
from wzrd.media import caption_track as timed_text
from wzrd.media.atomic import written_beside
from wzrd.media.delivery_format import MUXER, REORDER, muxer_of, ticks_of, time_base_of
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.probe import Facts, opened, probe, translated
from wzrd.media.pyav import AnyPacket, add_copy, demux, fraction, mux, stamp

Timed = tuple[Fraction, int, AnyPacket]
"""When a packet is decoded, in seconds; which stream it is of, to break ties; the packet."""


def join(
    segments: Sequence[Path],
    out: Path,
    *,
    audio: Path | None = None,
    captions: Sequence[Caption] = (),
    title: str = "",
    stop: Callable[[], bool] = lambda: False,
) -> Facts:
    """Write the film of `segments`, one after the other, to `out`: MP4 that plays before it is loaded whole.

    `audio` is AAC in MP4, copied from the film's start and cut where the picture ends; its priming is kept, so that
    sound and picture meet to the sample. `captions` become a track that the viewer may switch.
    `stop` is asked once a clip and step. Raises RunStopped when told to stop; MediaFailed, naming the segment, for
    what is not in the house format, differs from the first in size or encoder, or has changed meanwhile. A failed
    call leaves nothing behind.
    """
    if not segments:
        raise MediaFailed("a film needs at least one clip")
    lengths, fps = _check(segments, stop)
    with written_beside(out) as part:
        with translated(out.name):
            _write(part, segments, lengths, fps, audio, captions, title, stop)
        facts = probe(part, longest=math.inf)
        if facts.frames != sum(lengths):
            raise MediaFailed(f"the film has {facts.frames} frames, its clips have {sum(lengths)}")
    return facts


def add_tracks(
    picture: Path, out: Path, *, audio: Path | None = None, captions: Sequence[Caption] = (), title: str = ""
) -> Facts:
    """Write `picture` (H.264 in MP4 of any maker, shown without cuts) to `out`, with sound and captions beside it.

    Its packets are copied with their own times, moved so that the first picture is shown at 0. Its own sound stays out.
    A failed call leaves nothing behind.

    Raises:
        MediaFailed: it cannot be read, or has other frames afterwards.
    """
    came = probe(picture, longest=math.inf)
    with written_beside(out) as part:
        with translated(out.name):
            _write_beside(picture, part, audio, captions, title)
        facts = probe(part, longest=math.inf)
        if facts.frames != came.frames:
            raise MediaFailed(f"the film has {facts.frames} frames, its picture has {came.frames}")
    return facts


def _write_beside(picture: Path, part: Path, audio: Path | None, captions: Sequence[Caption], title: str) -> None:
    first, end = _shown(picture)
    with ExitStack() as files:
        source = files.enter_context(opened(picture))
        video = source.streams.video[0]
        tick = fraction(video.time_base) or time_base_of(Fraction(FPS))
        muxer = {**MUXER, "video_track_timescale": str(tick.denominator)}
        film = files.enter_context(av.open(str(part), "w", format="mp4", options=muxer))
        if title:
            film.metadata["title"] = title
        _mux_tracks(
            film, _copied(demux(source, video), add_copy(film, video), first, tick), audio, captions, files, end
        )


def _shown(picture: Path) -> tuple[int, Fraction]:
    """The time of the first picture in ticks, and the seconds from then to the end of the last."""
    with opened(picture) as container:
        video = container.streams.video[0]
        times = [(packet.pts or 0, packet.duration or 0) for packet in demux(container, video)]
        tick = fraction(video.time_base) or time_base_of(Fraction(FPS))
    first = min((pts for pts, _ in times), default=0)
    return first, (max((pts + duration for pts, duration in times), default=first) - first) * tick


def _copied(packets: Iterable[AnyPacket], stream: Stream, first: int, tick: Fraction) -> Generator[Timed]:
    for packet in packets:
        pts, duration = (packet.pts or 0) - first, packet.duration or 0
        dts = (packet.dts if packet.dts is not None else packet.pts or 0) - first
        yield dts * tick, 0, stamp(packet, stream, pts, dts, duration, tick)


def _mux_tracks(
    film: OutputContainer,
    pictures: Iterable[Timed],
    audio: Path | None,
    captions: Sequence[Caption],
    files: ExitStack,
    end: Fraction,
) -> None:
    """Everything into the file, in the order in which it is decoded."""
    tracks = [pictures]
    if audio is not None:
        tracks.append(_sound(audio, film, files, end))
    if captions:
        tracks.append(timed_text.track(film, captions, end))
    for _, _, packet in heapq.merge(*tracks, key=lambda timed: timed[:2]):
        mux(film, packet)


def _check(segments: Sequence[Path], stop: Callable[[], bool]) -> tuple[list[int], Fraction]:
    """The frames of each segment and their rate, if they may be joined; one that comes several times is read once."""
    known: dict[Path, Facts] = {}
    first: Facts | None = None
    for number, path in enumerate(segments, 1):
        check_stop(stop)
        facts = known[path] = known.get(path) or probe(path, longest=math.inf)
        first = first or facts
        if not facts.house:
            raise MediaFailed(f"clip {number} ({path.name}) is not in the house format: {', '.join(facts.faults)}")
        if not facts.is_house(Frame(first.width, first.height), first.fps):
            sizes = f"{facts.size_and_rate}, the first clip {first.size_and_rate}"
            raise MediaFailed(f"clip {number} ({path.name}) is {sizes}")
        if facts.parameter_sets != first.parameter_sets:
            raise MediaFailed(f"clip {number} ({path.name}) was encoded with other settings than the first clip")
    assert first is not None, "there is one at least"
    return [known[path].frames for path in segments], first.fps


def _write(
    part: Path,
    segments: Sequence[Path],
    lengths: Sequence[int],
    fps: Fraction,
    audio: Path | None,
    captions: Sequence[Caption],
    title: str,
    stop: Callable[[], bool],
) -> None:
    end = sum(lengths) / fps
    with ExitStack() as files:
        film = files.enter_context(av.open(str(part), "w", format="mp4", options=muxer_of(fps)))
        if title:
            film.metadata["title"] = title
        template = files.enter_context(opened(segments[0], decoding=False)).streams.video[0]
        pictures = _pictures(segments, lengths, fps, add_copy(film, template), stop)
        _mux_tracks(film, pictures, audio, captions, files, end)


def check_stop(stop: Callable[[], bool]) -> None:
    """Go on only while nobody asks to stop.

    Raises:
        RunStopped: somebody does.
    """
    if stop():
        raise RunStopped("The cut was stopped.")


def _pictures(
    segments: Sequence[Path], lengths: Sequence[int], fps: Fraction, stream: Stream, stop: Callable[[], bool]
) -> Generator[Timed]:
    """All pictures, renumbered: a packet is decoded in its turn, REORDER frames ahead of the frame of that number."""
    start, ticks, clock = 0, ticks_of(fps), time_base_of(fps)
    for number, (path, length) in enumerate(zip(segments, lengths, strict=True), 1):
        check_stop(stop)
        turn = start
        with opened(path, decoding=False) as clip:
            for packet in demux(clip, clip.streams.video[0]):
                pts = start * ticks + (packet.pts or 0)
                dts = (turn - REORDER) * ticks
                yield dts * clock, 0, stamp(packet, stream, pts, dts, ticks, clock)
                turn += 1
        start += length
        if turn != start:
            raise MediaFailed(f"clip {number} ({path.name}) has {length + turn - start} frames now, it had {length}")


def _sound(audio: Path, film: OutputContainer, files: ExitStack, end: Fraction) -> Iterable[Timed]:
    """The sound's packets with their own times, from the encoder's priming (before 0, skipped) to the film's end."""
    container = files.enter_context(opened(audio))
    source = next(iter(container.streams.audio), None)
    if source is None or source.codec_context.name != "aac" or "mp4" not in container.format.name:
        raise MediaFailed(f"{audio.name} is no AAC sound in MP4")
    return _sound_packets(
        demux(container, source), add_copy(film, source), Fraction(1, source.codec_context.sample_rate), end
    )


def _sound_packets(packets: Iterable[AnyPacket], stream: Stream, tick: Fraction, end: Fraction) -> Generator[Timed]:
    """Packets heard before `end`; the last packet is shortened to it."""
    last = int(end / tick)
    for packet in packets:
        pts = round((packet.pts or 0) * packet.time_base / tick)
        if pts >= last:
            return
        duration = min(round((packet.duration or 0) * packet.time_base / tick), last - pts)
        yield pts * tick, 1, stamp(packet, stream, pts, pts, duration, tick)
