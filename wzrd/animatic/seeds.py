"""Numbers that look free and are not: a hash of words, the only source of variety in a panel."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def seed_of(*words: object) -> int:
    """A whole number below 2**40, the same for the same words."""
    text = "\x1f".join(map(str, words)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=5).digest(), "big")


def pick(options: Sequence[T], *words: object) -> T:
    """One of `options`."""
    return options[seed_of(*words) % len(options)]


def unit(*words: object) -> float:
    """A number from 0 up to 1."""
    return seed_of(*words) / 2**40
