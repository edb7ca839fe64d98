"""POST /functions/v1/asset-upload: a file in base64 with what it is to a project, and the asset that it becomes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias, TypedDict
from uuid import UUID

from pydantic import Field

from wzrd.contracts.wire import WireModel

AssetType: TypeAlias = Literal["image", "video", "audio", "document", "model", "font", "other"]

MAX_MIB: Mapping[AssetType, int] = {
    "image": 50,
    "video": 500,
    "audio": 100,
    "document": 25,
    "model": 100,
    "font": 10,
    "other": 50,
}
"""The largest file of each type."""
MAIN_TYPES: Mapping[AssetType, frozenset[str] | None] = {
    "image": frozenset({"image"}),
    "video": frozenset({"video"}),
    "audio": frozenset({"audio"}),
    "document": frozenset({"application", "text"}),
    "model": frozenset({"model"}),
    "font": frozenset({"font"}),
    "other": None,
}
"""Content types that a file of each asset type may have, by its bytes; None: any that is taken."""


class AssetFile(WireModel):
    """The file: its bytes come as `base64`, which is read as it arrives and is empty here."""

    name: str = Field(min_length=1, max_length=1000)
    type: str = Field("", max_length=200)
    size: int | None = Field(None, ge=0)
    base64: str


class AssetUploadRequest(WireModel):
    """Request to upload a file; without a project it is stored, and is nobody's asset but the user's."""

    project_id: str | None = Field(None, max_length=100)
    asset_type: AssetType
    asset_category: str = Field("", max_length=100)
    visibility: Literal["private", "project", "public"] = "project"
    file: AssetFile


class AssetMetadata(TypedDict):
    """Metadata kept of an asset beside its row's columns."""

    asset_category: str
    visibility: Literal["private", "project", "public"]
    mime_type: str
    storage_bucket: str
    storage_path: str
    sha256: str
    user_id: UUID


class AssetRow(TypedDict):
    """The asset's row of `project_assets`; `size` in bytes."""

    project_id: str | None
    name: str
    url: str
    type: AssetType
    size: int
    metadata: AssetMetadata
    id: UUID
    thumbnail_url: str | None


def asset_uploaded(asset: Annotated[Mapping[str, Any], AssetRow]) -> dict[str, Any]:
    """The asset that the file became."""
    return {"success": True, "assetId": asset["id"], "asset": asset}


def asset_refused(field: str, message: str) -> dict[str, Any]:
    """Answer that tells what is wrong, by its field."""
    return {"success": False, "errors": [{"field": field, "message": message}]}


def uploaded(url: str, *, name: str, content_type: str, size: int) -> dict[str, Any]:
    """A form's file as it is stored: its public address, its name, type and length in bytes."""
    return {"url": url, "fileName": name, "contentType": content_type, "size": size}
