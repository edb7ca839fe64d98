"""One WebSocket of Prefect's server: uvicorn's protocol, with the API's bounds until its client has said who it is.

Prefect accepts every socket and takes its first message for a login; what follows is a login's owner's. So that message
is small and soon here, or the connection is cut; until then it is idle, and goes first when there are too many.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.api.connection import Config


class PrefectSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket with bounds on its first message."""

    def __init__(self, config: Config, **rest: Any) -> None:
        super().__init__(config, **rest)
        self._limits = config.limits
        self._idle = config.idle
        self._deadline: asyncio.TimerHandle | None = None
        self.conn.max_message_size = min(config.ws_max_size, config.limits.headers)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first message."""
        super().connection_made(transport)
        self._idle[self] = None
        self._deadline = self.loop.call_later(self._limits.header_seconds, self.transport.abort)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on; after the first one the client may take its time."""
        self._end_wait()
        super().send_receive_event_to_app()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._end_wait()
        super().connection_lost(exc)

    def _end_wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self._idle.pop(self, None)
            self.conn.max_message_size = cast("Config", self.config).ws_max_size
