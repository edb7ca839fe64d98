"""The live objects of a run in its process: one owner, opened and closed with the lease."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from wzrd.domain.errors import RunStopped

T = TypeVar("T")


class RunObjects:
    """One object of each type, from the claim of the run until its lease is let go."""

    def __init__(self) -> None:
        self._objects: dict[type[Any], Any] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def find(self, kind: type[T]) -> T | None:
        """The object of this type, if there is one."""
        return self._objects.get(kind)

    def get(self, kind: type[T]) -> T:
        """The object of this type.

        Raises:
            RunStopped: there is none, since that part of the run is not under way in this process.
        """
        if (found := self.find(kind)) is None:
            raise RunStopped(f"this process has no {kind.__name__} of the run")
        return found

    def keep(self, made: T) -> T:
        """Keep an object, in place of a former one of its type."""
        self._objects[type(made)] = made
        return made

    @contextmanager
    def keeping(self, made: T) -> Generator[T]:
        """Keep an object as long as the block lasts."""
        self.keep(made)
        try:
            yield made
        finally:
            if self._objects.get(type(made)) is made:
                del self._objects[type(made)]

    def close(self) -> None:
        """Let go of all of them."""
        self._objects.clear()
