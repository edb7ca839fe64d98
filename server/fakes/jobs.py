"""A job in a provider's queue: its steps, by the clock or by questions, and its end."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from server.fakes.script import Behaviour


class Holds:
    """Everything that is held back now."""

    def __init__(self) -> None:
        self._held: dict[asyncio.Future[None], str] = {}

    def add(self, model: str, prompt: str) -> asyncio.Future[None]:
        """Hold something back: a future that is done when it is released."""
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held[held] = f"{model}\n{prompt}".casefold()
        held.add_done_callback(self._forget)
        return held

    def _forget(self, held: asyncio.Future[None]) -> None:
        del self._held[held]

    def release(self, match: str = "") -> int:
        """Release all whose model or prompt contains `match`; how many they were."""
        found = [held for held, said in self._held.items() if match.casefold() in said]
        for held in found:
            if not held.done():
                held.set_result(None)
        return len(found)

    def cancel(self) -> None:
        """Give up on all that waits."""
        for held in list(self._held):
            held.cancel()


RISE = 1000
"""Places by which a job falls back in its queue, where it does."""
KEPT = 20_000
"""Jobs that are remembered; the oldest go first."""
Phase = Literal["queued", "running", "success", "failure", "refusal", "filtered", "error_body", "cancelled", "expired"]


@dataclass(slots=True, eq=False)
class FakeJob:
    """One accepted request. `position` counts the places before it; times are Unix seconds.

    `start_seconds`: it expires if it has not begun by then. `colours`: of the references that it is made from.
    `stills`: names of the pictures that its clip begins and ends with. `seconds`: of the sound that it is made to.
    """

    request_id: str
    model: str
    prompt: str
    payload: Mapping[str, Any]
    behaviour: Behaviour
    origin: str
    webhook: str | None = None
    start_seconds: float | None = None
    phase: Phase = "running"
    position: int = 0
    created: float = field(default_factory=time.time)
    started: float = 0.0
    ended: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    colours: tuple[str, ...] = ()
    stills: str = ""
    seconds: float = 0.0
    on_end: "Callable[[FakeJob], object] | None" = None
    _timer: asyncio.TimerHandle | None = None
    _expiry: asyncio.TimerHandle | None = None
    _free: bool = True
    _risen: int = 0

    @property
    def has_ended(self) -> bool:
        """True if nothing changes any more."""
        return bool(self.ended)

    def begin(self, holds: Holds) -> None:
        """Enter the queue, or start."""
        if self.behaviour.hold == "result":
            self._free = False
            holds.add(self.model, self.prompt).add_done_callback(self._release)
        if self.behaviour.places:
            self.phase, self.position = "queued", self.behaviour.places - 1
            self._wait(self.behaviour.place_seconds)
            if self.start_seconds is not None:
                self._expiry = asyncio.get_running_loop().call_later(self.start_seconds, self._end, "expired")
        else:
            self._run()

    def ask(self) -> None:
        """Somebody was told how it stands: a step that lasts until then is over."""
        if self.phase == "queued" and self._risen < self.behaviour.rises:
            self._risen, self.position = self._risen + 1, self.position + RISE
        elif self.phase == "queued" and self.behaviour.place_seconds is None:
            self._advance()
        elif self.phase == "running" and self.behaviour.seconds is None and self._free:
            self._end(self.behaviour.outcome)

    def cancel(self) -> bool:
        """Stop it, if it can be stopped; whether it was still open."""
        if self.has_ended:
            return False
        if self.behaviour.cancel == "accepted":
            self._end("cancelled")
        return True

    def _wait(self, seconds: float | None) -> None:
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._advance)

    def _advance(self) -> None:
        if self.phase == "queued" and self.position:
            self.position = min(self.position, self.behaviour.places) - 1
            self._wait(self.behaviour.place_seconds)
        elif self.phase == "queued":
            self._run()
        elif self.phase == "running" and self._free:
            self._end(self.behaviour.outcome)

    def _run(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self.phase, self.started = "running", time.time()
        if self.behaviour.seconds == 0:
            self._advance()
        else:
            self._wait(self.behaviour.seconds)

    def _release(self, held: asyncio.Future[None]) -> None:
        if held.cancelled():
            return
        self._free = True
        if self.phase == "running" and not self.has_ended:
            self._end(self.behaviour.outcome)

    def _end(self, phase: Phase) -> None:
        for timer in (self._timer, self._expiry):
            if timer is not None:
                timer.cancel()
        self.phase, self.position, self.ended = phase, 0, time.time()
        self.done.set()
        if self.on_end is not None:
            self.on_end(self)


class Jobs:
    """The jobs of one provider by request id, the oldest first. `app`: where an id is looked for, if it may repeat."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], FakeJob] = {}

    def add(self, job: FakeJob, app: str = "") -> None:
        """Remember a job; beyond the bound the oldest is forgotten."""
        self._jobs[app, job.request_id] = job
        if len(self._jobs) > KEPT:
            del self._jobs[next(iter(self._jobs))]

    def find(self, request_id: str, app: str = "") -> FakeJob | None:
        """The job of this id there."""
        return self._jobs.get((app, request_id))

    def of_request(self, request_id: str) -> list[FakeJob]:
        """The jobs of this id, whichever endpoint each is at."""
        return [job for (_, known), job in self._jobs.items() if known == request_id]

    def of_model(self, model: str) -> list[FakeJob]:
        """The jobs of a model, the newest first."""
        return [job for job in reversed(self._jobs.values()) if job.model == model]

    def reset(self) -> None:
        """Forget all."""
        self._jobs.clear()
