"""Holds that last until somebody releases them: answers and results that a script holds back."""

import asyncio


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
