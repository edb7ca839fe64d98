"""Limits of one client: what it may send, how long it may take, how many there may be at once."""

from dataclasses import dataclass
from typing import Self

from wzrd.settings import Settings


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of a client. Sizes in bytes, times in seconds."""

    headers: int
    header_seconds: float
    body_seconds: float
    linger_seconds: float
    flush_seconds: float
    connections: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the environment sets."""
        return cls(
            headers=settings.max_headers,
            header_seconds=settings.header_seconds,
            body_seconds=settings.body_seconds,
            linger_seconds=settings.linger_seconds,
            flush_seconds=settings.stream_send_timeout,
            connections=settings.connections,
        )
