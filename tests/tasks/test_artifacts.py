"""Pages in Prefect: what a browser gets of them, and that whoever looks at one calls nobody else."""

from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from tasks.artifacts.auto_generate import outcome_lines
from tasks.artifacts.compute import page_artifact
from tasks.artifacts.director_cut import draw_film
from wzrd.db.items import Item
from wzrd.domain.shots import SceneBrief
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.storage.local import LocalStorage
from wzrd.storage.shown_addresses import own_addresses
from wzrd.storyboard.films import StoryboardSnapshot

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


def test_a_refusal_has_its_cause_and_what_may_be_tried_on_the_runs_page(tmp_path: Path) -> None:
    """Columns of their own, in every line, where anything was refused or softened; without, the table is as it was."""
    project, scene_id, shot_id = uuid4(), uuid4(), uuid4()
    shot = StoryboardShot(shot_id, scene_id, 2)
    scene = StoryboardScene(scene_id, 3, SceneBrief(3), (shot,))
    film = StoryboardSnapshot(Storyboard(project, uuid4(), "The Gun", "16:9", (scene,)))

    def item(kind: str, status: str, about: UUID | None, **output: Any) -> Item:
        key = f"{kind}/{about or 'person/MIKE'}"
        return Item(key, 1, kind, about, status, None, 1, "no" if status == "failed" else None, output, 3, False)

    own = own_addresses(LocalStorage(tmp_path, OURS))
    refusal = {"causes": ["brief"], "words": ["gun"], "softened": ["gun → toy"]}
    items = [
        item("sheet", "failed", None, refusal={"causes": ["prompt"]}),
        item("shot_image", "failed", shot_id, refusal=refusal),
        item("shot_video", "succeeded", shot_id, softened=["knife → metal object"]),
    ]
    sheet, still, clip = outcome_lines(film, items, own)
    assert (sheet["refused"], sheet["to try"]) == ("the prompt", "")
    assert (still["refused"], still["softened"]) == ("what the shot shows (gun)", "gun → toy")
    assert f"wzrd remake {str(project)[:8]} 3.2 --note" in still["to try"]
    assert (clip["refused"], clip["softened"], clip["to try"]) == ("", "knife → metal object", "")
    assert "refused" not in outcome_lines(film, [item("shot_image", "failed", shot_id, code="provider_failed")], own)[0]
