"""GET /healthz on the wire."""

from typing import Literal

from wzrd.contracts.wire import WireModel


class Health(WireModel):
    """Whether this process can serve, and whether its database answers."""

    status: Literal["ok", "unavailable"]
    database: Literal["ok", "unreachable"]
