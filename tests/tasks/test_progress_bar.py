"""The bar on a run's page: moved, filled at a good end, and none for a short run."""

import asyncio
from uuid import UUID, uuid4

import pytest

from tasks.artifacts import progress
from tasks.artifacts.progress import progress_artifact
from tests.waiting import let_others_run


class Page:
    """Record of what Prefect was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, str]] = []
        self.changed = asyncio.Event()

    async def create(self, percent: float, *, key: str, description: str) -> UUID:
        return self._note("made", percent, f"{key}: {description}")

    async def update(self, _artifact: UUID, percent: float, *, description: str) -> None:
        self._note("moved", percent, description)

    def _note(self, what: str, percent: float, words: str) -> UUID:
        self.told.append((what, percent, words))
        self.changed.set()
        return uuid4()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Prefect's page, and a bar that is moved all the time."""
    made = Page()
    monkeypatch.setattr(progress, "acreate_progress_artifact", made.create)
    monkeypatch.setattr(progress, "aupdate_progress_artifact", made.update)
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.01)
    return made


async def key() -> str:
    return "key"


async def test_a_bar_follows_its_run(page: Page) -> None:
    """It is made once, moved when something has changed, and filled at the end."""
    readings = iter([(10.0, "1 of 3"), (10.0, "1 of 3"), (66.0, "2 of 3")])

    async def read() -> tuple[float, str]:
        return next(readings, (66.0, "2 of 3"))

    async with progress_artifact(key, read) as bar:
        async with asyncio.timeout(60):
            while len(page.told) < 2:
                page.changed.clear()
                await page.changed.wait()
    await bar.fill()
    assert page.told == [("made", 10.0, "key: 1 of 3"), ("moved", 66.0, "2 of 3"), ("moved", 100.0, "done")]


async def test_a_short_run_has_none(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is over before the bar would be made."""
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 600.0)

    async def read() -> tuple[float, str]:
        raise AssertionError("nobody asks")

    async with progress_artifact(key, read) as bar:
        await let_others_run()
    await bar.fill()
    assert page.told == []
