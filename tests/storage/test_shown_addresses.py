"""Addresses and texts of users and models, as an operator's pages in Prefect show them."""

from pathlib import Path

from wzrd.storage.local import LocalStorage
from wzrd.storage.shown_addresses import as_block, as_code, linked, origins_of, own_addresses

OURS = "https://studio.example.org"
FILE = "/storage/v1/object/public/workflow-media/a/1.png"


def test_only_our_own_store_is_linked(tmp_path: Path) -> None:
    """By the path alone, with our own host: one that a user wrote before it is not called."""
    own = own_addresses(LocalStorage(tmp_path, OURS))
    assert linked(f"{OURS}{FILE}", own) == f"[open]({OURS}{FILE})"
    assert linked(f"https://spy.example.org{FILE}?who=operator", own) == f"[open]({OURS}{FILE})"
    for foreign in ("https://spy.example.org/p.png", "javascript:alert(1)", f"{OURS}/other/1.png"):
        assert linked(foreign, own) == f"`{foreign}`"
    assert linked("https://h/`](https://spy.example.org) `\n\u202ex", own) == (
        "`https://h/%60](https://spy.example.org) %60 x`"
    )
    assert (as_code(""), origins_of(LocalStorage(tmp_path, OURS))) == ("", OURS)


def test_a_models_text_is_no_markdown() -> None:
    """Markdown that it was told to write (picture, link, fence) stands as it is: its own fence is longer."""
    said = "![x](https://spy.example.org/p.png)\n````\n<img src=https://spy.example.org>"
    assert as_block(said) == f"`````text\n{said}\n`````"
    assert as_block("plain\u202e\x1b[2J") == "```text\nplain [2J\n```"
