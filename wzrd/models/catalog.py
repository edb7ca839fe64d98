"""The model catalog: what models exist, what each costs, how an id is looked up. The facts lie in data/models.jsonl.

One model a line; an absent key means the default that `read_model` has. A line whose id ends in `/*` is a family: any
well-formed id below it is a model of that shape (Groq adds and retires models faster than a catalog can follow).
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from wzrd.models.catalog_rows import MEDIA_TYPES, Control, MediaType, Model, read_model

__all__ = [
    "MEDIA_TYPES",
    "Control",
    "MediaType",
    "Model",
    "ModelCatalog",
    "find_model",
    "load_catalog",
    "parse_catalog",
    "price_of",
]

_FILE = "data/models.jsonl"
_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,119}")
_NEAREST, _LIKENESS, _COMPARED = 3, 0.5, 80


@dataclass(frozen=True, slots=True)
class ModelCatalog:
    """Every model by id, which model each alias means, and the families by prefix. Built once, never changed.

    `listed` is every model in the order in which lists show them.
    """

    models: Mapping[str, Model]
    by_alias: Mapping[str, Model]
    families: Mapping[str, Model]
    listed: tuple[Model, ...]

    def find(self, model_id: str) -> Model | None:
        """The model that `model_id` names: an exact id, else the best ranked alias, else a member of a family."""
        return self.models.get(model_id) or self.by_alias.get(model_id) or self._member(model_id)

    def get(self, model_id: str) -> Model | None:
        """The model whose own id this is, families included; aliases do not count."""
        return self.models.get(model_id) or self._member(model_id)

    def nearest(self, model_id: str) -> tuple[str, ...]:
        """Up to three ids that look most like one that is in no catalog, the likeliest first."""
        spellings = {model_id: model_id for model_id in self.models}
        for model in reversed(self.listed):
            spellings |= dict.fromkeys((model.id.partition("/")[2], model.name.lower(), *model.aliases), model.id)
        wanted = model_id[:_COMPARED].lower()
        close = difflib.get_close_matches(wanted, spellings, n=2 * _NEAREST, cutoff=_LIKENESS)
        return tuple(dict.fromkeys(spellings[one] for one in close))[:_NEAREST]

    def _member(self, model_id: str) -> Model | None:
        for prefix, family in self.families.items():
            member = model_id.removeprefix(prefix)
            if member != model_id and _MEMBER.fullmatch(member):
                return replace(family, id=model_id, name=member, endpoint_id=member)
        return None


def parse_catalog(lines: bytes) -> ModelCatalog:
    """The catalog written in `lines`, one JSON object a line.

    Raises:
        ValueError: a line describes no model, or one whose id there is already; the message names the line.
    """
    models: dict[str, Model] = {}
    for number, line in enumerate(lines.splitlines(), start=1):
        try:
            model = read_model(line)
        except ValueError as error:
            raise ValueError(f"the model catalog, line {number}: {error}") from None
        if models.setdefault(model.id, model) is not model:
            raise ValueError(f"the model catalog, line {number}: two models have the id {model.id}")
    families = {model_id[:-1]: models.pop(model_id) for model_id in list(models) if model_id.endswith("/*")}
    by_alias: dict[str, Model] = {}
    for model in sorted(models.values(), key=lambda model: model.rank):
        for alias in model.aliases:
            by_alias.setdefault(alias, model)
    listed = sorted(models.values(), key=lambda m: (not m.is_default, m.default_rank, m.sort_rank, m.name, m.id))
    return ModelCatalog(MappingProxyType(models), MappingProxyType(by_alias), MappingProxyType(families), tuple(listed))


@cache
def load_catalog() -> ModelCatalog:
    """The shipped catalog, read on first use and kept.

    Raises:
        ValueError: as `parse_catalog`.
    """
    return parse_catalog(files("wzrd.models").joinpath(_FILE).read_bytes())


def find_model(model_id: str) -> Model | None:
    """The model that `model_id` names in the shipped catalog (see `ModelCatalog.find`), or None."""
    return load_catalog().find(model_id)


def price_of(model: Model) -> int:
    """Price of one generation, in whole credits: the price shown is the price charged. Only animatic mode is free."""
    return model.credits
