"""The state folder is its owner's alone, also one that an earlier version left open."""

import os
from pathlib import Path

import pytest

from server.stack import postgres
from server.stack.account import are_root
from server.stack.errors import StackError
from server.stack.home import prepare


def mode(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


def test_a_new_home_is_private(tmp_path: Path) -> None:
    """The home, the folders above it that had to be made, and the folders inside: 0700, whatever the umask."""
    home = tmp_path / "above" / "home"
    before = os.umask(0)
    try:
        prepare(home)
    finally:
        os.umask(before)
    assert {mode(folder) for folder in (home.parent, home, home / "logs", home / "prefect")} == {0o700}


def test_an_open_home_is_closed(tmp_path: Path) -> None:
    """An earlier version's home (0755, its media too): closed at the next start, the files untouched."""
    for folder in (tmp_path, tmp_path / "media", tmp_path / "work", tmp_path / "logs"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    (tmp_path / "lock").touch()
    (tmp_path / "notes.txt").write_text("mine")
    prepare(tmp_path)
    assert {mode(tmp_path / name) for name in (".", "media", "work", "logs", "prefect")} == {0o700}
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("sticky", [True, False])
def test_a_folder_that_others_use_is_not_closed(tmp_path: Path, *, sticky: bool) -> None:
    """WZRD_HOME=/tmp, or a project's own folder: refused with the remedy, and its mode stays."""
    if sticky:
        (tmp_path / "lock").touch()  # a home there once
    (tmp_path / "theirs").touch()
    wanted = 0o1777 if sticky else 0o755
    tmp_path.chmod(wanted)
    with pytest.raises(StackError, match="open to other users") as caught:
        prepare(tmp_path)
    assert "chmod 700" in caught.value.remedy
    assert tmp_path.stat().st_mode & 0o7777 == wanted


def test_a_linked_media_folder_is_left_alone(tmp_path: Path) -> None:
    """An operator's link to a larger disk: the folder behind it keeps its mode."""
    home, disk = tmp_path / "home", tmp_path / "disk"
    disk.mkdir()
    disk.chmod(0o755)
    home.mkdir()
    (home / "media").symlink_to(disk)
    prepare(home)
    assert mode(disk) == 0o755


@pytest.mark.skipif(not are_root(), reason="only root's server is another user")
async def test_a_home_in_use_stays_passable(reachable: Path) -> None:
    """A second start of root's home does not shut the running server out: 0710 stays, and 0755 becomes it."""
    home = reachable / "home"
    prepare(home)
    await postgres.initialise(postgres.locate(home))
    assert mode(home) == 0o710
    for found in (0o710, 0o755, 0o777):
        home.chmod(found)
        prepare(home)
        assert mode(home) == 0o710
