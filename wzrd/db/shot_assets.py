"""Rows in the studio's tables for a shot's picture or clip: its asset, its prompt, its source.

All of it mirrors what the engine's own rows say. A repeated step finds its rows, since their ids are derived.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.domain.ids import derive


@dataclass(frozen=True, slots=True)
class Source:
    """Source that something was made from: its address, and its row among the project's assets, if it has one."""

    url: str
    asset_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAsset:
    """A picture (`image`) or clip (`video`) of a shot, made by an item of a run.

    `sources`: what it was made from: the picture that a clip begins with, what a picture is to be like.
    """

    run_id: UUID
    item_key: str
    project_id: UUID
    scene_id: UUID
    shot_id: UUID
    made: str
    url: str
    size: int
    name: str
    prompt: str = ""
    sources: tuple[Source, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def asset_id(self) -> UUID:
        """The id of its row in `project_assets`."""
        return derive(self.run_id, "asset", self.item_key, self.url)


_ASSET = text("""
    insert into public.project_assets (id, project_id, name, url, thumbnail_url, type, size, metadata)
    select :id, :project_id, :name, :url, :thumbnail, :type, :size, cast(:metadata as jsonb)
    where exists (select 1 from public.projects where id = :project_id) on conflict (id) do nothing
""")
_PROMPT = text("""
    insert into public.prompt_versions (id, project_id, stage, author_type, text, source_entity_type, source_entity_id,
        metadata)
    select :id, :project_id, :stage, 'system', :text, 'shot', :shot_id, cast(:metadata as jsonb)
    where exists (select 1 from public.projects where id = :project_id) on conflict (id) do nothing
""")
_LINEAGE = text("""
    insert into public.asset_lineage (id, project_id, prompt_version_id, source_asset_id, output_asset_id, scene_id,
        shot_id, relation_type, metadata)
    select :id, :project_id, :prompt_id, coalesce(cast(:source_id as uuid),
            (select image_asset_id from public.shots where id = :shot_id and image_url = :source)),
        :asset_id, :scene_id, :shot_id, :relation, cast(:metadata as jsonb)
    where exists (select 1 from public.projects where id = :project_id) on conflict (id) do nothing
""")


async def write_asset(tx: Tx, asset: MadeAsset) -> UUID:
    """Note a shot's new asset with its prompt and its origin; returns the asset's id."""
    made = {**asset.metadata, "shot_id": str(asset.shot_id), "run_id": str(asset.run_id)}
    await tx.execute(
        _ASSET,
        {
            "id": asset.asset_id,
            "project_id": asset.project_id,
            "name": asset.name,
            "url": asset.url,
            "thumbnail": asset.url if asset.made == "image" else next((one.url for one in asset.sources), None),
            "type": asset.made,
            "size": asset.size,
            "metadata": to_json(made),
        },
    )
    prompt_id = None
    if asset.prompt:
        prompt_id = await write_prompt_version(
            tx,
            prompt_id=derive(asset.run_id, "prompt", asset.item_key, asset.url),
            project_id=asset.project_id,
            shot_id=asset.shot_id,
            stage=f"shot_{asset.made}",
            prompt=asset.prompt,
            metadata=asset.metadata,
        )
    await _write_lineage(tx, asset, prompt_id, "output", Source(""))
    for source in asset.sources:
        await _write_lineage(tx, asset, prompt_id, "input" if asset.made == "video" else "reference", source)
    return asset.asset_id


async def write_prompt_version(
    tx: Tx, *, prompt_id: UUID, project_id: UUID, shot_id: UUID, stage: str, prompt: str, metadata: Mapping[str, Any]
) -> UUID:
    """Note a prompt that was used for a shot (`stage`: `shot_prompt`, `shot_image`, `shot_video`); returns its id."""
    values = {
        "id": prompt_id,
        "project_id": project_id,
        "stage": stage,
        "text": prompt,
        "shot_id": shot_id,
        "metadata": to_json(metadata),
    }
    await tx.execute(_PROMPT, values)
    return prompt_id


async def _write_lineage(tx: Tx, asset: MadeAsset, prompt_id: UUID | None, relation: str, source: Source) -> None:
    values = {
        "id": derive(asset.run_id, "lineage", asset.item_key, asset.url, relation, source.url),
        "project_id": asset.project_id,
        "prompt_id": prompt_id,
        "source": source.url,
        "source_id": source.asset_id,
        "asset_id": asset.asset_id,
        "scene_id": asset.scene_id,
        "shot_id": asset.shot_id,
        "relation": relation,
        "metadata": to_json({"source_url": source.url} if source.url else {}),
    }
    await tx.execute(_LINEAGE, values)
