"""The usual ways with ffmpeg alone: zoompan over a still, and a whole film in one filter graph."""

from collections.abc import Sequence
from pathlib import Path

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "22", "-pix_fmt", "yuv420p")
WIDER = 2
"""The still is enlarged to so many times the film's width before zoompan crops it in whole pixels: the usual recipe."""


def zoompan(frames: int, width: int = 1280, height: int = 720) -> str:
    """A push in by 15 %."""
    middle = "x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)'"
    return f"scale={WIDER * width}:-2,zoompan=z='1+0.15*on/{frames - 1}':{middle}:d={frames}:s={width}x{height}:fps=24"


def still_clip(still: Path, out: Path, filters: str, frames: int) -> list[str]:
    """Arguments that make a clip of a still."""
    return ["-y", "-i", str(still), "-vf", filters, "-frames:v", str(frames), *X264, str(out)]


def film(
    shots: Sequence[Path], frames: int, voice: Path, bed: Path, out: Path, size: tuple[int, int] = (1280, 720)
) -> list[str]:
    """Arguments that make the film of clips and stills (PNG), `frames` each, with voice and bed, in one graph."""
    inputs = [word for path in (*shots, voice, bed) for word in ("-i", str(path))]
    pictures = [_shot(number, path, frames, *size) for number, path in enumerate(shots)]
    joined = "".join(f"[v{number}]" for number in range(len(shots))) + f"concat=n={len(shots)}:v=1:a=0[v]"
    say, play = len(shots), len(shots) + 1
    sound = (
        f"[{say}:a]aformat=sample_rates=48000:channel_layouts=stereo,asplit[say][key];"
        f"[{play}:a]aformat=sample_rates=48000:channel_layouts=stereo[bed];"
        "[bed][key]sidechaincompress=threshold=0.03:ratio=6:attack=20:release=350[low];"
        "[say][low]amix=inputs=2:duration=longest:normalize=0,loudnorm=I=-16:TP=-1.5,aresample=48000[a]"
    )
    graph = ";".join([*pictures, joined, sound])
    seconds = str(len(shots) * frames / 24)
    ends = ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart", "-t", seconds, str(out)]
    return ["-y", *inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", *X264, *ends]


def _shot(number: int, path: Path, frames: int, width: int, height: int) -> str:
    if path.suffix == ".png":
        return f"[{number}:v]{zoompan(frames, width, height)},setsar=1,format=yuv420p[v{number}]"
    fitted = f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1,setsar=1"
    return f"[{number}:v]{fitted},fps=24,trim=end_frame={frames},setpts=PTS-STARTPTS,format=yuv420p[v{number}]"
