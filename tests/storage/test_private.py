"""Privacy of stored files: they are their owner's alone, and so are the folders in which media are made."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from wzrd.folders import make_private, open_to_others
from wzrd.storage.local import LocalStorage


@pytest.fixture
def permissive() -> Generator[None]:
    """A process whose umask takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("permissive")
async def test_stored_files_are_private(tmp_path: Path) -> None:
    """Every folder of a store, and above it what had to be made, is 0700; every file and description 0600."""
    store = LocalStorage(tmp_path / "home" / "media")
    await store.put_bytes("films", "a/b/film.mp4", b"bytes", content_type="video/mp4")
    found = list((tmp_path / "home").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in found if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert sum(path.is_file() for path in found) == 2


@pytest.mark.usefixtures("permissive")
def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    """A folder that is there already keeps its mode: it may not be ours."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    make_private(theirs / "a" / "b")
    make_private(theirs / "a" / "b")
    assert [path.stat().st_mode & 0o777 for path in (theirs, theirs / "a", theirs / "a" / "b")] == [0o777, 0o700, 0o700]


@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o700, False), (0o710, False), (0o750, True), (0o701, True), (0o755, True), (0o720, True)]
)
def test_what_counts_as_open(tmp_path: Path, mode: int, *, is_open: bool) -> None:
    """Anybody's entrance, or a group that lists or writes; a group that may only pass is root's PostgreSQL."""
    tmp_path.chmod(mode)
    assert open_to_others(tmp_path) is is_open
