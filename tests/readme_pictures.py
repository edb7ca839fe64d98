"""The pictures of the README, made anew by `make pictures` from a film of an example.

It is made in a home of its own. Prefect's page is photographed by chromium, which must be installed (Debian: `apt-get
install chromium`).
"""

import asyncio
import base64
import itertools
import json
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect

from server.stack.environment import ROOT
from server.stack.state import ClientSettings, client_settings
from tests.waiting import until
from wzrd.media.ffmpeg import run_ffmpeg
from wzrd.settings import Settings

EXAMPLE = ROOT / "examples" / "the-nine-forty-rain.fountain"
HERE = ROOT / "docs" / "images"
WIDE, FRAME_AT = 1280, 57.0
"""Pixels of a picture's width; the second of the film that is shown."""
PAGE, PAGE_SECONDS = (1280, 900), 12.0
_numbers = itertools.count(1)


async def main() -> None:
    """Make the film, then the three pictures."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="wzrd-pictures") as name:
        folder = Path(name)
        environment = {"WZRD_HOME": str(folder / "home"), "WZRD_PORT": "0"}
        try:
            await _wzrd(environment, "film", str(EXAMPLE), "--out", str(folder))
            _storyboard(folder / "storyboard.png")
            await _frame(folder / "film.mp4")
            await _page(browser, client_settings(folder / "home", Settings.model_validate({})), folder)
        finally:
            await _wzrd(environment, "down")


async def _wzrd(environment: dict[str, str], *words: str) -> None:
    command = (sys.executable, "-m", "server.cli", *words)
    process = await asyncio.create_subprocess_exec("env", *(f"{k}={v}" for k, v in environment.items()), *command)
    if await process.wait():
        sys.exit(f"wzrd {words[0]} failed")


def _storyboard(sheet: Path) -> None:
    """Its head: the first scenes."""
    with Image.open(sheet) as picture:
        small = picture.convert("RGB").resize(
            (WIDE, round(picture.height * WIDE / picture.width)), Image.Resampling.LANCZOS
        )
    small.crop((0, 0, WIDE, min(small.height, PAGE[1]))).save(HERE / "storyboard.jpg", quality=82, optimize=True)


async def _frame(film: Path) -> None:
    await run_ffmpeg(
        "-y", "-ss", str(FRAME_AT), "-i", str(film), "-frames:v", "1", "-q:v", "4", str(HERE / "frame.jpg")
    )


async def _page(browser: str, stack: ClientSettings, folder: Path) -> None:
    """The pictures' run as Prefect's UI shows it."""
    name, _, password = stack.prefect_auth.partition(":")
    async with httpx.AsyncClient(auth=(name, password), timeout=30) as http:
        wanted = {"flows": {"name": {"any_": ["auto-generate"]}}, "sort": "START_TIME_DESC", "limit": 1}
        found = (await http.post(f"{stack.prefect_api_url}/flow_runs/filter", json=wanted)).raise_for_status().json()
    png = await _photograph(
        browser, f"{stack.prefect_ui_url}/runs/flow-run/{found[0]['id']}", stack.prefect_auth, folder / "browser"
    )
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").save(HERE / "prefect.jpg", quality=84, optimize=True)


async def _photograph(browser: str, address: str, auth: str, profile: Path) -> bytes:
    """A page as a PNG, some seconds after it was opened: its graph is drawn late."""
    process = await asyncio.create_subprocess_exec(
        browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0",
        f"--user-data-dir={profile}", f"--window-size={PAGE[0]},{PAGE[1]}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = profile / "DevToolsActivePort"
        await until(port.exists, every=0.1)
        number = port.read_text().split()[0]
        async with httpx.AsyncClient() as http:
            pages = (await http.get(f"http://127.0.0.1:{number}/json")).json()
        target = next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
        async with connect(target, max_size=None) as tab:
            secret = base64.b64encode(auth.encode()).decode()
            await _tell(tab, "Network.enable")
            await _tell(tab, "Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {secret}"})
            await _tell(tab, "Page.navigate", url=address)
            await asyncio.sleep(PAGE_SECONDS)  # a browser does not say when a page has drawn itself
            return base64.b64decode((await _tell(tab, "Page.captureScreenshot"))["data"])
    finally:
        process.terminate()
        await process.wait()


async def _tell(tab: ClientConnection, method: str, **params: Any) -> dict[str, Any]:
    """One command of Chrome's DevTools protocol, answered."""
    number = next(_numbers)
    await tab.send(json.dumps({"id": number, "method": method, "params": params}))
    while True:
        answer = json.loads(await tab.recv())
        if answer.get("id") == number:
            return dict(answer.get("result") or {})


if __name__ == "__main__":
    asyncio.run(main())
