"""Subject of a log's lines: the request, its user, the run, the submit at a provider.

It stands in the context of the task that does the work, so that nobody passes it along.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_subject: ContextVar[dict[str, str] | None] = ContextVar("wzrd_log_subject", default=None)


@contextmanager
def logging_about(**subject: object) -> Generator[None]:
    """Lines that are logged inside, and in tasks that begin inside, are about this too."""
    token = _subject.set({**(_subject.get() or {}), **_spelled(subject)})
    try:
        yield
    finally:
        _subject.reset(token)


def note_subject(**subject: object) -> None:
    """From here on the lines of the block around this are about this too; outside of any block nothing is noted."""
    if (about := _subject.get()) is not None:
        about.update(_spelled(subject))


def log_subject() -> Mapping[str, str]:
    """Subject of a line that is logged here."""
    return _subject.get() or {}


def _spelled(subject: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in subject.items() if value is not None}
