"""A served application, and services that speak for its users."""

from dataclasses import dataclass
from typing import Any

from server.fakes import Behaviour
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer
from tests.server.served import bearer
from wzrd.client import UnifiedGenerationService

_QUICK: dict[str, Any] = {"first_delay": 0.01}


@dataclass(frozen=True, slots=True)
class ClientRig:
    """The application of `tests/server/api/generate_server.py`, as its clients see it."""

    server: GenerateServer

    @property
    def url(self) -> str:
        return str(self.server.client.base_url).rstrip("/")

    async def maker(self, *, funds: int = 100) -> Studio:
        return await self.server.maker(funds=funds)

    def service(self, studio: Studio, url: str | None = None, **more: Any) -> UnifiedGenerationService:
        """A service for this user; its waits are short."""
        token = bearer(studio.user_id)["authorization"].removeprefix("Bearer ")
        return UnifiedGenerationService(url or self.url, token, **(_QUICK | more))

    async def script(self, *behaviours: Behaviour) -> None:
        await self.server.fakes.script(*behaviours)

    async def balance(self, studio: Studio) -> int:
        return await balance(self.server.runtime, studio.user_id)

    async def submits(self) -> int:
        return len(await self.server.fakes.paid_submits())
