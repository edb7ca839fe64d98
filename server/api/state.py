"""What a route may ask the application for; colleagues' live objects (hub, dispatcher) hang on `app.state` too."""

from typing import Annotated

from fastapi import Depends, Request

from wzrd.runtime.process import Runtime


async def get_runtime(request: Request) -> Runtime:
    """The runtime of this process."""
    return request.app.state.runtime


RuntimeOf = Annotated[Runtime, Depends(get_runtime)]
