"""`python -m tools.model_schemas SOURCE…`: the inputs of models, from their vendors' own words, as data.

`pypi`: of ElevenLabs, Groq and OpenAI, from their Python SDKs. All others are fal's: `npm` (the declarations of
@fal-ai/client; older releases for what newer ones no longer have), `live` (the platform API), or a file that keeps
answers of it. What declarations and pages tell is refined by what another source has told before; an answer of the
platform API says all, and stands alone while it is the newest.
"""

import asyncio
import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from tools.model_schemas.python_sdk import Sources
from tools.model_schemas.refining import adopt, adopt_page, refine
from tools.model_schemas.typescript import Declarations
from wzrd.models.catalog import load_catalog
from wzrd.models.checked_settings import load
from wzrd.models.schemas.input_schemas import CHAT, FILES, read_schemas
from wzrd.models.schemas.openapi import PLATFORM, Schema, read_answer
from wzrd.providers.opening import utc_now
from wzrd.runtime.live_schemas import compare_schemas

PACKAGE = "@fal-ai/client"
RELEASES = ("1.10.1", "1.9.4", "1.5.0")
"""The newest release first; the others declared endpoints that it has lost."""
REGISTRY = "https://registry.npmjs.org"
PYPI = "https://pypi.org/pypi"
SDKS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "elevenlabs": {
        "elevenlabs-music": ("elevenlabs/music/raw_client.py", "compose"),
        "elevenlabs-sfx": ("elevenlabs/text_to_sound_effects/raw_client.py", "convert"),
        "elevenlabs-tts": ("elevenlabs/text_to_speech/raw_client.py", "convert_with_timestamps"),
    },
    "groq": {CHAT: ("groq/types/chat/completion_create_params.py", "CompletionCreateParams")},
    "openai": {CHAT: ("openai/types/chat/completion_create_params.py", "CompletionCreateParamsBase")},
}
"""Package of each provider, and where its source declares the input of each call: a class, or a client's method."""
PAGES = Path(__file__).with_name("pages.jsonl")
"""The vendor's pages, of models that no release declares rightly (whole schemas) and of single fields."""
ROOM = Path(__file__).parents[2] / "wzrd" / "models" / "schemas"
FILE = ROOM / FILES["fal-ai"]


def main(sources: Sequence[str], file: Path = FILE) -> None:
    """Read each source and write the files anew; fal's is `file`."""
    if "pypi" in sources:
        _write_sdks()
    if others := [one for one in sources if one != "pypi"]:
        _write_fal(others, file)


def _write_sdks() -> None:
    with httpx.Client(timeout=120, follow_redirects=True) as http:
        for package, calls in SDKS.items():
            reply = http.get(f"{PYPI}/{package}/json").raise_for_status()
            about = reply.json()
            wheel = next(one for one in about["urls"] if one["packagetype"] == "bdist_wheel")
            packed = http.get(reply.url.join(wheel["url"])).raise_for_status().content
            source = {f"pypi {package}": f"{wheel['upload_time'][:10]} {about['info']['version']}"}
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                names = [one for one in archive.namelist() if one.endswith(".py")]
                declared = Sources({name: archive.read(name).decode() for name in names})
            read = {
                name: (declared.params if what[0].isupper() else declared.method) for name, (_, what) in calls.items()
            }
            rows = {one: {"sources": source, "schema": read[one](*calls[one])} for one in calls}
            for page in _pages(package):
                row = rows[page["id"]]
                refined = refine(row["schema"], page["schema"])
                fields = {one: field for one, field in refined["properties"].items() if one not in page["unsupported"]}
                sources = {**row["sources"], page["source"]: page["date"]}
                rows[page["id"]] = {"sources": sources, "schema": {**refined, "properties": fields}}
            _write(ROOM / FILES[package], rows)


def _pages(package: str | None) -> list[dict[str, Any]]:
    """The vendor's pages; those of fal's models name no package."""
    return [page for page in map(json.loads, PAGES.read_text().splitlines()) if page.get("package") == package]


def _write(file: Path, rows: Mapping[str, Any]) -> None:
    lines = [json.dumps({"id": one, **rows[one]}, separators=(",", ":")) for one in sorted(rows)]
    file.write_text("\n".join(lines) + "\n")


def _write_fal(sources: Sequence[str], file: Path) -> None:
    wanted = [model.endpoint_id for model in load_catalog().models.values() if model.provider == "fal-ai"]
    rows: dict[str, dict[str, Any]] = dict(read_schemas(file.read_bytes())) if file.exists() else {}
    for source in sources:
        for name, date, found in _read(source, wanted):
            for endpoint_id in wanted:
                if endpoint_id in found:
                    rows[endpoint_id] = adopt(rows.get(endpoint_id), found[endpoint_id], name, date)
    for page in _pages(None):
        rows[page["id"]] = adopt_page(rows.get(page["id"]), page)
    known = {one: row for one, row in rows.items() if one in wanted}
    _write(file, known)
    told = f"{len(known)} of {len(wanted)} endpoints; without: {', '.join(one for one in wanted if one not in rows)}"
    sys.stdout.write(told + "\n")


def _read(source: str, wanted: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each reading of a source: its name, its date, and the schemas by endpoint id."""
    with httpx.Client(timeout=120, follow_redirects=True) as http:
        if source == "npm":
            times = http.get(f"{REGISTRY}/{PACKAGE}").raise_for_status().json()["time"]
            left = list(wanted)
            for release in RELEASES:
                declared = Declarations(_declarations(http, release))
                found = {one: declared.input_of(one) for one in left if one in declared.endpoints}
                left = [one for one in left if one not in found]
                yield f"npm {PACKAGE}", f"{times[release][:10]} {release}", found
        elif source == "live":
            yield PLATFORM, utc_now().date().isoformat(), asyncio.run(_ask())
        else:
            kept = json.loads(Path(source).read_bytes())
            yield PLATFORM, kept["generated_at"][:10], read_answer(kept)


async def _ask() -> dict[str, Schema]:
    """The inputs of fal's models as fal tells them now, at FAL_API_URL."""
    settings = load()
    found = [one async for one in compare_schemas(settings, settings.fal_key)]
    return {one.endpoint_id: one.live for one in found if one.live is not None}


def _declarations(http: httpx.Client, release: str) -> str:
    """The file of declarations in a release of the package."""
    packed = http.get(f"{REGISTRY}/{PACKAGE}/-/client-{release}.tgz").raise_for_status().content
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.extractfile("package/src/types/endpoints.d.ts")
        if member is None:
            raise ValueError(f"{PACKAGE} {release} has no declarations of endpoints")
        return member.read().decode()


if __name__ == "__main__":
    main(sys.argv[1:] or ["npm"])
