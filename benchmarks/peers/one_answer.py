"""A bare ASGI application on uvicorn: one answer of two hundred bytes to every request, whatever it asks."""

import os
from typing import Any

import uvicorn

BODY = b'{"status":"COMPLETED","metrics":' + b'{"inference_time":0.05}' * 7 + b"}"
HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}


async def answer(_scope: Any, receive: Any, send: Any) -> None:
    """Read the request, answer it."""
    while (await receive()).get("more_body"):
        pass
    await send(HEAD)
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    port = int(os.environ["WZRD_PORT"])
    uvicorn.run(answer, port=port, log_level="warning", lifespan="off", access_log=False, ws="none", loop="uvloop")
