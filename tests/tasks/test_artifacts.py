"""Pages in Prefect: what a browser gets of them, and that whoever looks at one calls nobody else."""

from pathlib import Path
from typing import cast

from tasks.artifacts.compute import page_artifact
from tasks.artifacts.director_cut import draw_film
from wzrd.storage.local import LocalStorage
from wzrd.storage.shown_addresses import own_addresses

OURS = "https://studio.example.org"
FILE = "/storage/v1/object/public/workflow-media/a/1.png"


async def test_a_page_reaches_prefect_as_an_object() -> None:
    """Prefect's UI reads `html`, `csp` and `sandbox` of an object; of a text it shows an empty frame."""
    sent = await page_artifact("k", "<p>", "d").aformat()
    assert (sent["html"], sent["sandbox"], "default-src 'none'" in sent["csp"]) == ("<p>", ["allow-popups"], True)


def test_the_policy_names_the_store() -> None:
    """A browser that obeys it loads nothing from elsewhere, and nothing at all where there are no media."""

    def policy(*media: str) -> str:
        return cast("dict[str, str]", page_artifact("k", "<p>", "d", *media).data)["csp"]

    assert policy("http://ours").endswith("img-src http://ours; media-src http://ours")
    assert policy().endswith("img-src 'none'; media-src 'none'")


def test_a_film_elsewhere_is_an_address(tmp_path: Path) -> None:
    """Neither its picture nor a player's link leads out of the store."""
    own = own_addresses(LocalStorage(tmp_path, OURS))
    facts = {"width": 1, "height": 1, "frames": 1, "seconds": 1}
    there = "https://spy.example.org/film.mp4"
    page = draw_film({**facts, "outputUrl": there}, "https://spy.example.org/p.jpg", [], own)
    assert page.splitlines()[0] == f"**`{there}`**"
    assert "p.jpg" not in page
    page = draw_film({**facts, "outputUrl": f"{OURS}{FILE}"}, f"{OURS}{FILE}", [], own)
    assert page.splitlines()[:3] == [f"![The film]({OURS}{FILE})", "", f"**[Play the film]({OURS}{FILE})**"]
