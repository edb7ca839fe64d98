"""Order given to a local tool, and the facts of the files that it makes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image

from wzrd.assets.made_sets import MadeFile
from wzrd.graph.parameters import BadParameter
from wzrd.media.clip_output import Report, silent
from wzrd.media.image_edits import Fit, read_picture
from wzrd.media.probe import Facts
from wzrd.media.watermarks import Mark


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """Order for a tool: files for each of its inputs, in order, and parameters as they are meant.

    `report` hears how far it is, 0 to 1.
    """

    files: Sequence[Sequence[Path]]
    values: Mapping[str, Any]
    report: Report = silent

    @property
    def file(self) -> Path:
        """The first file of the first input."""
        return self.files[0][0]


MakeOne: TypeAlias = Callable[[ToolRequest, Path], Awaitable[Mapping[str, Any]]]
"""Writes one file; returns what is told of it (`width`, `height`, `duration`)."""
MakeSeveral: TypeAlias = Callable[[ToolRequest, Path], Awaitable[Sequence[MadeFile]]]
"""Writes files into a folder."""
MakeData: TypeAlias = Callable[[ToolRequest, Path], Awaitable[Mapping[str, Any]]]
"""Makes data, and no file that is kept; the folder is for what it needs meanwhile."""


def describe(facts: Facts) -> dict[str, Any]:
    """Facts of a clip or a sound: seconds, and of a clip its pixels and frames."""
    description = {"duration": round(facts.seconds, 3)}
    if facts.frames:
        description |= {"width": facts.width, "height": facts.height, "frames": facts.frames, "fps": float(facts.fps)}
    return description


def share(values: Mapping[str, Any]) -> float:
    """The amount, told in per cent, as 0 to 1."""
    return float(values["amount"]) / 100


def grading(values: Mapping[str, Any]) -> dict[str, float]:
    """The parameters of grading."""
    return {name: float(values[name]) for name in ("brightness", "contrast", "saturation", "temperature")}


def mark_of(values: Mapping[str, Any]) -> Mark:
    """The mark that the parameters describe."""
    return Mark(values["text"], values["position"], values["opacity"], values["size"], values["color"])


def mark_picture(order: ToolRequest) -> Image.Image | None:
    """The picture of a mark, if there is one. Blocking.

    Raises:
        MediaRefused, MediaFailed: as `read_picture`.
    """
    return read_picture(order.files[1][0]) if order.files[1] else None


def wanted_size(owner: str, values: Mapping[str, Any]) -> tuple[int | None, int | None, Fit, str]:
    """Width, height, how they are met, and the color of bars.

    Raises:
        BadParameter: neither width nor height is given.
    """
    if values["width"] is None and values["height"] is None:
        raise BadParameter(f"{owner}: width or height is needed", field="width")
    fit: Fit = values["mode"] if values["preserveAspectRatio"] else "stretch"
    return values["width"], values["height"], fit, values["backgroundColor"]
