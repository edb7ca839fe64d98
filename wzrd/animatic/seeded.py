"""Choices that look free and are not: the writer's only source of variety."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dice:
    """Choices that look free and are not: a hash of a key (brief and seed) and of where the choice is made."""

    key: bytes

    def roll(self, *where: object) -> int:
        """A whole number, the same for the same place."""
        place = "\x1f".join(map(str, where)).encode("utf-8", "replace")
        return int.from_bytes(hashlib.blake2b(place, key=self.key, digest_size=6).digest(), "big")

    def pick(self, options: Sequence[T], *where: object) -> T:
        """One of `options`."""
        return options[self.roll(*where) % len(options)]
