"""A file is whole or not there."""

from pathlib import Path

import pytest

from wzrd.media.atomic import folder_beside, written_beside


def test_it_appears_when_it_is_whole(tmp_path: Path) -> None:
    """Until the block ends the older file is there; folders are made; anybody may read the result."""
    out = tmp_path / "deep" / "film.mp4"
    with written_beside(out) as part:
        assert part.parent == out.parent
        part.write_bytes(b"new")
        assert not out.exists()
    assert out.read_bytes() == b"new"
    assert out.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in out.parent.iterdir()] == ["film.mp4"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """Neither a part nor half a file stays."""
    out = tmp_path / "film.mp4"
    out.write_bytes(b"older")
    with pytest.raises(IsADirectoryError):
        _half_way(out)
    assert out.read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_names_of_any_length(tmp_path: Path) -> None:
    """A name as long as a file system allows leaves no room for our prefix and suffix: it is shortened."""
    out = tmp_path / ("n" * 250 + ".mp4")
    with written_beside(out) as part:
        part.write_bytes(b"x")
    assert out.exists()


def _half_way(out: Path) -> None:
    with written_beside(out) as part:
        part.write_bytes(b"half")
        out.parent.read_bytes()


def test_what_a_file_is_made_of_lies_beside_it(tmp_path: Path) -> None:
    """Not in the system's folder, where nobody looks for what a killed process has left; gone with the block."""
    out = tmp_path / "new" / "film.mp4"
    with folder_beside(out) as folder:
        assert folder.parent == out.parent
        (folder / "piece.mp4").write_bytes(b"x")
    assert list(out.parent.iterdir()) == []
