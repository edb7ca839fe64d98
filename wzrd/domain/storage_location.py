"""Where a generation's result is stored: one of our public buckets, inside the user's own folder. Pure."""

from dataclasses import dataclass
from uuid import UUID

from wzrd.domain.buckets import PUBLIC_BUCKETS
from wzrd.domain.errors import BadRequest

USUAL_BUCKET = "project-assets"
"""Where a result goes unless another public bucket is named; its path is unguessable."""
UNFILED = "unfiled"
"""The folder of what belongs to no project."""


@dataclass(frozen=True, slots=True)
class StorageLocation:
    """A bucket, and a folder below the user's own in it, without slashes at its ends."""

    bucket: str
    folder: str


def choose_location(
    user_id: UUID, project_id: UUID | None, *, bucket: str | None, prefix: str | None
) -> StorageLocation:
    """The place of what `user_id` has made; `prefix` names a folder below the user's own.

    A prefix that begins with the user's own folder means that folder, not one inside of it. What a path may look like
    is the store's rule, which is asked before anything runs.

    Raises:
        BadRequest: no bucket of ours; the message lists them.
    """
    if bucket is not None and bucket not in PUBLIC_BUCKETS:
        known = ", ".join(sorted(PUBLIC_BUCKETS))
        raise BadRequest(f"outputConfig.storageBucket is {bucket!r}: use one of {known}", field="storageBucket")
    below = (prefix or "").strip("/").removeprefix(str(user_id)).strip("/")
    folder = below or (str(project_id) if project_id else UNFILED)
    return StorageLocation(bucket or USUAL_BUCKET, folder)
