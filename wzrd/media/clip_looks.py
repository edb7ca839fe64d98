"""Looks of a clip as ffmpeg filters: from yuv420p in BT.709 to any format of its size. Pure: texts.

`amount` is 0 to 1. Whatever mixes colors works on RGB: on luma and chroma apart, mixtures change hues.
"""

import math
from fractions import Fraction

from wzrd.media.image_colors import SEPIA, WARMTH

_KEPT = "format=gbrp"
_BACK = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
_GREY = (0.2126, 0.7152, 0.0722) * 3
_SEED = 20_211


def grade(*, brightness: float = 0, contrast: float = 0, saturation: float = 0, temperature: float = 0) -> str:
    """Light and color, each from -100 to 100 per cent, as `image_colors.grade` does it."""
    gain = 1 + contrast / 100
    scales = [1 + warm * temperature / 100 for warm in WARMTH]
    added = 127.5 + 2.55 * brightness
    steps = [_KEPT, _curves(*(f"clip((val*{scale:.5f}-127.5)*{gain:.5f}+{added:.4f},0,255)" for scale in scales))]
    if saturation:
        steps.append(f"colorchannelmixer={_matrix(_saturated(1 + saturation / 100))}")
    return ",".join([*steps, _BACK])


def color_filter(name: str, amount: float) -> str:
    """A named look."""
    match name:
        case "grayscale":
            return grayscale(amount)
        case "sepia":
            return sepia(amount)
        case "vignette":
            return vignette(amount)
        case "invert":
            return ",".join([_KEPT, _curves(*[f"val+(255-2*val)*{amount:.4f}"] * 3), _BACK])
        case "vintage":
            lifted = _curves(*[f"val+(24+val*0.86-val)*{amount:.4f}"] * 3)
            return ",".join([_KEPT, f"colorchannelmixer={_mixed(SEPIA, 0.5 * amount)}", lifted, _BACK])
        case _:
            return _cinematic(amount)


def grayscale(amount: float = 1.0) -> str:
    """Without color."""
    if amount >= 1:
        return "lutyuv=u=128:v=128"
    return f"lutyuv=u='128+(val-128)*{1 - amount:.4f}':v='128+(val-128)*{1 - amount:.4f}'"


def sepia(amount: float = 1.0) -> str:
    """Brown, as an old photograph."""
    return f"{_KEPT},colorchannelmixer={_mixed(SEPIA, amount)},{_BACK}"


def vignette(amount: float) -> str:
    """Darker towards the edges, the same from frame to frame."""
    return f"vignette=angle={0.1 + amount * 0.75:.4f}:dither=0"


def grain(amount: float) -> str:
    """The grain of film: other in each frame, on brightness only, the same again each time it is made."""
    strength = max(1, round(amount * 30))
    return f"noise=c0s={strength}:c0f=t+u:c0_seed={_SEED}" if amount > 0 else "null"


def glow(amount: float, radius: float) -> str:
    """Filter that makes bright areas glow; `radius` in pixels."""
    lit = _curves(*["clip((val-90)*1.55,0,255)"] * 3)
    return (
        f"{_KEPT},split[g0][g1];[g1]{lit},gblur=sigma={max(0.5, radius):.3f}:steps=2[g2];"
        f"[g0][g2]blend=all_mode=screen:all_opacity={amount:.4f},{_BACK}"
    )


def chromatic(amount: float, width: int) -> str:
    """Red and blue a little apart, as through a cheap lens."""
    apart = max(1, round(width * 0.012 * amount)) if amount > 0 else 0
    return f"{_KEPT},rgbashift=rh={apart}:bh=-{apart}:edge=smear,{_BACK}"


def fade(fade_in: float, fade_out: float, seconds: float, rate: Fraction, color: str) -> str:
    """Out of a color at the beginning, into it at the end; together they never take longer than the clip."""
    came, goes = fitted_fades(fade_in, fade_out, seconds)
    steps: list[str] = []
    shown = color.replace("#", "0x")
    if came > 0:
        steps.append(f"fade=t=in:start_frame=0:nb_frames={max(1, round(came * rate))}:color={shown}")
    if goes > 0:
        frames, last = max(1, round(goes * rate)), max(1, round(seconds * float(rate)))
        steps.append(f"fade=t=out:start_frame={max(0, last - frames)}:nb_frames={frames}:color={shown}")
    return ",".join([_KEPT, *steps, _BACK]) if steps else "null"


def fitted_fades(fade_in: float, fade_out: float, seconds: float) -> tuple[float, float]:
    """Both fades, made shorter by the same share where they would overlap."""
    share = min(1.0, seconds / (fade_in + fade_out)) if fade_in + fade_out > 0 else 0.0
    return fade_in * share, fade_out * share


def tempo(speed: float) -> str:
    """Sound faster or slower at its own pitch; a step of the filter does 0.5 to 2 without losing samples."""
    steps = max(1, math.ceil(abs(math.log2(speed)) - 1e-9))
    return ",".join([f"atempo={speed ** (1 / steps):.8f}"] * steps) if speed != 1 else "anull"


def _cinematic(amount: float) -> str:
    moved = [f"val+((val-127.5)*0.08+{shift}*(val-127.5)/127.5)*{amount:.4f}" for shift in (9, 0, -9)]
    rich = f"colorchannelmixer={_matrix(_saturated(1 + 0.15 * amount))}"
    return ",".join([_KEPT, _curves(*(f"clip({value},0,255)" for value in moved)), rich, _BACK])


def _curves(red: str, green: str, blue: str) -> str:
    return f"lutrgb=r='{red}':g='{green}':b='{blue}'"


def _saturated(by: float) -> tuple[float, ...]:
    """A matrix of colors, `by` times as far from grey."""
    return _between(_GREY, by)


def _between(matrix: tuple[float, ...], identity: float) -> tuple[float, ...]:
    return tuple(value * (1 - identity) + (identity if at % 4 == 0 else 0) for at, value in enumerate(matrix))


def _mixed(matrix: tuple[float, ...], amount: float) -> str:
    return _matrix(_between(matrix, 1 - amount))


def _matrix(matrix: tuple[float, ...]) -> str:
    rows = [matrix[at : at + 3] for at in (0, 3, 6)]
    return ":".join(f"{value:.5f}" for row in rows for value in (*row, 0.0))
