"""The events of a run's stream, and how far one has been read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.client.errors import read_object
from wzrd.contracts.compute import INTERRUPTED
from wzrd.contracts.events import TERMINAL_EVENTS
from wzrd.contracts.sse import SseFrame

GEN_SHOTS = "/functions/v1/gen-shots"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came; `seq` is its number in the run's log. A server that does not number tells neither."""

    name: str
    data: Mapping[str, Any]
    seq: int | None = None
    run_id: UUID | None = None


@dataclass(slots=True)
class StreamPosition:
    """Where a stream stands: the run once it is known, the last number seen, and tries since the last event.

    `path` is what is posted to as long as the run is not known.
    """

    run_id: UUID | None = None
    after: int = 0
    tries: int = 0
    path: str = GEN_SHOTS
    heard: bool = False
    ended: bool = False
    resumable: bool = True  # not once a server has answered without naming the run

    def take(self, event: Event) -> bool:
        """Note an event's arrival; False when it has been seen before, or only says that the stream ends early."""
        if event.seq is None and event.data.get("code") == INTERRUPTED:
            return False
        fresh = event.seq is None or event.seq > self.after
        if fresh:
            self.after, self.tries, self.ended = event.seq or self.after, 0, event.name in TERMINAL_EVENTS
        return fresh


def read_event(frame: SseFrame, run_id: UUID | None) -> Event:
    """A frame as an event; one without a name has it inside, as `type`.

    Raises:
        GenerationError: it is no JSON object.
    """
    data = read_object(frame.data)
    name = str(data.get("type") or frame.event) if frame.event == "message" else frame.event
    return Event(name, data, int(frame.id) if frame.id and frame.id.isdecimal() else None, run_id)
