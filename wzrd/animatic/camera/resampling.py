"""Planes resized from boxes with fractional edges: bicubic, in matrix products, three times as fast as pixel by pixel.

The weights are whole numbers, and so small that a float holds every sum of them: whatever library multiplies, in
whatever order, on whatever processor, the bytes are the same.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

UNIT = 256
"""Sum of a sample's weights: 128 x 1.25² x 256² stays below 2²⁴, beyond which floats skip whole numbers."""
MIDDLE = 128
"""Samples are counted from here, which keeps the sums small."""
ROWS, COLUMNS = 8, 16
"""Rows and columns of one product. Larger blocks read more samples of weight zero, smaller ones need more calls."""
ONE_THREAD = 260_000
"""Multiplications of a product at most: OpenBLAS sets all cores on larger ones, and they wait more than they work."""
_REACH = 2.0
_FINE = 1024
_AWAY = np.arange(2 * _FINE + 2) / _FINE
_KERNEL = np.where(
    _AWAY < 1, (1.5 * _AWAY - 2.5) * _AWAY**2 + 1, np.where(_AWAY < 2, ((2.5 - 0.5 * _AWAY) * _AWAY - 4) * _AWAY + 2, 0)
)
"""Keys' cubic, at so many places a sample; the last of them is beyond its reach."""

Samples = NDArray[np.float32]
Box = tuple[float, float, float, float]


def samples(plane: Image.Image) -> Samples:
    """A plane of bytes as what is resized."""
    return np.asarray(plane).astype(np.float32) - np.float32(MIDDLE)


@dataclass(frozen=True, slots=True)
class Axis:
    """Resizing along one direction: where each block reads, and (block, output, sample) weights."""

    first: tuple[int, ...]
    weights: Samples

    @property
    def reach(self) -> int:
        """Samples that a block reads."""
        return self.weights.shape[2]


@lru_cache(maxsize=16)
def axis(low: float, high: float, length: int, outputs: int, block: int) -> Axis:
    """The part from `low` to `high` of `length` samples as so many outputs, in blocks of `block`."""
    step = (high - low) / outputs
    stretch = max(1.0, step)
    numbers = np.arange(outputs)
    middles = low + (numbers + 0.5) * step
    firsts = np.floor(middles - _REACH * stretch + 0.5).astype(np.int64)
    taps = firsts + np.arange(int(2 * _REACH * stretch) + 2)[:, None]
    away = np.abs(taps + (0.5 - middles)) * (_FINE / stretch) + 0.5
    outside = (taps < 0) | (taps >= length)
    weights = _KERNEL[np.minimum(away, len(_KERNEL) - 1).astype(np.int64)]
    weights[outside] = 0.0
    weights = np.rint(weights * (UNIT / weights.sum(axis=0)))
    nearest = np.minimum(middles.astype(np.int64), length - 1)
    weights[nearest - firsts, numbers] += UNIT - weights.sum(axis=0)
    last = taps[-1, np.minimum(np.arange(block - 1, outputs + block - 1, block), outputs - 1)]
    reach = min(length, int((last - firsts[::block]).max()) + 1)
    begins = np.clip(firsts[::block], 0, length - reach)
    places = taps + (numbers * reach - np.repeat(begins, block)[:outputs])
    places[outside] = len(begins) * block * reach  # a place behind all others, for what is nowhere
    blocks = np.zeros(len(begins) * block * reach + 1, np.float32)
    blocks[places] = weights
    return Axis(tuple(begins.tolist()), blocks[:-1].reshape(len(begins), block, reach))


class Resizer:
    """Makes planes of one size; what it works in is kept from one to the next, so one thread at a time uses it."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (height, width)
        self._wide = np.empty((height, width), np.float32)
        self._tall = np.empty(0, np.float32)

    def resize(self, source: Samples, box: Box, out: NDArray[np.uint8]) -> None:
        """Write the part of `source` in `box` (left, top, right, bottom in its pixels, inside it) to `out`."""
        height, width = self.size
        down = axis(box[1], box[3], source.shape[0], height, ROWS)
        across = axis(box[0], box[2], source.shape[1], width, COLUMNS)
        left, right = across.first[0], across.first[-1] + across.reach
        if self._tall.size < height * (right - left):
            self._tall = np.empty(height * source.shape[1], np.float32)
        tall = self._tall[: height * (right - left)].reshape(height, right - left)
        strip = max(1, ONE_THREAD // (ROWS * down.reach))
        for begin in range(0, right - left, strip):
            end = min(begin + strip, right - left)
            for number, first in enumerate(down.first):
                rows = tall[number * ROWS : (number + 1) * ROWS, begin:end]
                read = source[first : first + down.reach, left + begin : left + end]
                np.matmul(down.weights[number, : len(rows)], read, out=rows)
        wide = self._wide
        strip = max(1, ONE_THREAD // (COLUMNS * across.reach))
        for begin in range(0, height, strip):
            for number, first in enumerate(across.first):
                columns = wide[begin : begin + strip, number * COLUMNS : (number + 1) * COLUMNS]
                read = tall[begin : begin + strip, first - left : first - left + across.reach]
                np.matmul(read, across.weights[number, : columns.shape[1]].T, out=columns)
        wide *= np.float32(1 / UNIT**2)
        wide += np.float32(MIDDLE + 0.5)
        np.clip(wide, 0, 255, out=wide)
        out[:] = wide
