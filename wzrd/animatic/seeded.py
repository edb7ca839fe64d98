"""Numbers that look free and are not: a hash of words. All variety in an animatic comes from them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_BYTES = 6


@dataclass(frozen=True, slots=True)
class Seeded:
    """Choices that follow from the words given at each call, and from `key`, which sets one source apart from others.

    Equal words give equal choices, on every machine and in every version of Python.
    """

    key: bytes = b""

    def number(self, *words: object) -> int:
        """A whole number below 2**48."""
        text = "\x1f".join(map(str, words)).encode("utf-8", "replace")
        return int.from_bytes(hashlib.blake2b(text, key=self.key, digest_size=_BYTES).digest(), "big")

    def pick(self, options: Sequence[T], *words: object) -> T:
        """One of `options`."""
        return options[self.number(*words) % len(options)]

    def unit(self, *words: object) -> float:
        """A number from 0 up to 1."""
        return self.number(*words) / (1 << 8 * _BYTES)


seeded = Seeded()
"""The source that most share: the words alone decide."""
