"""The model catalog: what models exist, what each costs, how an id is looked up. The facts lie in data/models.jsonl.

One model a line; an absent key means the default of `Model`'s field. A line whose id ends in `/*` is a family: any
well-formed id below it is a model of that shape (Groq adds and retires models faster than a catalog can follow).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

import orjson

MediaType = Literal["text", "image", "video", "audio", "json", "3d"]
Transport = Literal["chat_completion", "request_queue", "fal_queue", "direct_http"]
MEDIA_TYPES: frozenset[str] = frozenset(get_args(MediaType))

_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,119}")


@dataclass(frozen=True, slots=True)
class Control:
    """One setting a front end may offer. `options` are (label, value) pairs; `default` None means none."""

    key: str
    label: str
    type: Literal["select", "number", "boolean"]
    default: str | float | bool | None = None
    options: tuple[tuple[str, str | float | bool], ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `credits` is the price of one generation; `endpoint_id` is the name the provider knows it by."""

    id: str
    name: str
    provider: str
    media_type: MediaType
    workflow_type: str
    credits: int
    category: str
    endpoint_id: str
    transport: Transport = "fal_queue"
    ui_group: Literal["generation", "advanced"] = "generation"
    vendor: str = ""  # who made it, where that is not who serves it
    time: str = "~30s"  # how long it takes, as people are told
    supports: tuple[str, ...] = ()  # inputs it understands
    payload_keys: tuple[str, ...] = ()  # the only keys its payload may carry; empty: any
    requires_assets: tuple[str, ...] = ()  # kinds of reference it cannot do without
    aliases: tuple[str, ...] = ()
    studio_surfaces: tuple[str, ...] = ()
    is_default: bool = False
    default_rank: int = 1000
    sort_rank: int = 1000
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    controls: tuple[Control, ...] = ()

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """The order of preference among models that an alias may mean; the smallest wins."""
        return (not self.is_default, self.default_rank, self.sort_rank, self.id)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every model by id, which model each alias means, and the families by prefix. Built once, never changed."""

    models: Mapping[str, Model]
    by_alias: Mapping[str, Model]
    families: Mapping[str, Model]

    def find(self, model_id: str) -> Model | None:
        """The model that `model_id` names: an exact id, else the best ranked alias, else a member of a family."""
        return self.models.get(model_id) or self.by_alias.get(model_id) or self._member(model_id)

    def get(self, model_id: str) -> Model | None:
        """The model whose own id this is, families included; aliases do not count."""
        return self.models.get(model_id) or self._member(model_id)

    def _member(self, model_id: str) -> Model | None:
        for prefix, family in self.families.items():
            member = model_id.removeprefix(prefix)
            if member != model_id and _MEMBER.fullmatch(member):
                return replace(family, id=model_id, name=member, endpoint_id=member)
        return None


_LISTS = ("supports", "payload_keys", "requires_assets", "aliases")


def _control(row: dict[str, Any]) -> Control:
    given: list[Any] = row.pop("options", [])  # a value that is its own label, or [label, value]
    pairs = (cast("list[Any]", one) if isinstance(one, list) else (str(one), one) for one in given)
    return Control(**row, options=tuple((pair[0], pair[1]) for pair in pairs))


def _model(row: dict[str, Any]) -> Model:
    for key in _LISTS:
        if key in row:
            row[key] = tuple(row[key])
    row.setdefault("endpoint_id", row["id"])
    row["studio_surfaces"] = tuple(row.get("studio_surfaces", (f"studio:{row['media_type']}",)))
    if "defaults" in row:
        row["defaults"] = MappingProxyType(row["defaults"])
    if "controls" in row:
        row["controls"] = tuple(_control(control) for control in row["controls"])
    return Model(**row)


def parse_catalog(lines: bytes) -> Catalog:
    """The catalog written in `lines`, one JSON object a line.

    Raises:
        ValueError: a line is no JSON object, or two lines have one id.
        TypeError: a line lacks a field or has one we do not know.
    """
    models: dict[str, Model] = {}
    families: dict[str, Model] = {}
    for line in lines.splitlines():
        model = _model(orjson.loads(line))
        if model.id in models:
            raise ValueError(f"two models have the id {model.id}")
        if model.id.endswith("/*"):
            families[model.id[:-1]] = model
        else:
            models[model.id] = model
    by_alias: dict[str, Model] = {}
    for model in sorted(models.values(), key=lambda model: model.rank):
        for alias in model.aliases:
            by_alias.setdefault(alias, model)
    return Catalog(MappingProxyType(models), MappingProxyType(by_alias), MappingProxyType(families))


@cache
def load_catalog() -> Catalog:
    """The shipped catalog, read on first use and kept."""
    return parse_catalog(files("wzrd.domain").joinpath("data/models.jsonl").read_bytes())


def find_model(model_id: str) -> Model | None:
    """The model that `model_id` names in the shipped catalog (see `Catalog.find`), or None."""
    return load_catalog().find(model_id)


def price_of(model: Model) -> int:
    """What one generation costs, in whole credits, never below one: the price shown is the price charged."""
    return max(1, model.credits)
