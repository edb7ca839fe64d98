"""Planes resized from boxes with fractional edges: as a careful resizer does it, and the same bytes everywhere."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wzrd.animatic.camera.resampling import Box, Resizer, axis, samples

share = st.floats(0, 1, allow_subnormal=False)


def _plane(width: int, height: int) -> Image.Image:
    """Edges and shades, soft enough that no resizer overshoots what a byte holds."""
    down, across = np.mgrid[0:height, 0:width]
    waves = 120 + 50 * np.sin(across / 5.3) * np.cos(down / 7.1) + 40 * ((across // 9 + down // 11) % 2)
    return Image.fromarray(waves.astype(np.uint8))


def _resized(plane: Image.Image, size: tuple[int, int], box: Box) -> np.ndarray:
    out = np.zeros((size[1], size[0]), np.uint8)
    Resizer(*size).resize(samples(plane), box, out)
    return out


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.integers(1, 70), st.integers(1, 80), st.integers(1, 60), share, share, share)
def test_any_box_of_any_plane_is_as_pillow_has_it(
    width: int, height: int, across: int, down: int, size: float, left: float, top: float
) -> None:
    """Within two levels, Pillow's own rounding in between included: larger, smaller, at the edges, a single pixel."""
    wide, tall = max(0.2, size * width), max(0.2, size * height)
    box = (left * (width - wide), top * (height - tall), 0.0, 0.0)
    box = (max(0, box[0]), max(0, box[1]), min(width, box[0] + wide), min(height, box[1] + tall))
    plane = _plane(width, height)
    wanted = np.asarray(plane.resize((across, down), Image.Resampling.BICUBIC, box=box)).astype(int)
    assert np.abs(_resized(plane, (across, down), box) - wanted).max() <= 3


def test_sums_are_exact() -> None:
    """To the byte what whole numbers give in one product: no library, thread or processor can have it otherwise."""
    noise = np.random.default_rng(3).integers(0, 256, (411, 607), np.uint8)
    plane = Image.fromarray(np.where(noise > 128, 255, 0).astype(np.uint8))
    size, box = (560, 380), (3.21, 7.77, 590.4, 403.9)
    down = axis(box[1], box[3], 411, size[1], size[1])
    across = axis(box[0], box[2], 607, size[0], size[0])
    source = np.asarray(plane).astype(np.int64)[down.first[0] :, across.first[0] :] - 128
    sums = down.weights[0].astype(np.int64) @ source[: down.reach, : across.reach]
    sums = sums @ across.weights[0].T.astype(np.int64)
    wanted = ((sums + (128 << 16) + (1 << 15)) >> 16).clip(0, 255)
    assert np.array_equal(_resized(plane, size, box), wanted)


def test_a_slow_move_moves_in_every_frame() -> None:
    """A hundredth of a pixel is seen: nothing snaps to whole pixels."""
    plane = _plane(260, 64)
    seen = [_resized(plane, (200, 40), (n / 100, 5, 200 + n / 100, 45)).tobytes() for n in range(101)]
    assert len(set(seen)) > 95
    whole = np.asarray(plane)[5:45]
    for n, wanted in ((0, whole[:, :200]), (100, whole[:, 1:201])):
        assert np.abs(np.frombuffer(seen[n], np.uint8).reshape(40, 200).astype(int) - wanted).max() == 0
