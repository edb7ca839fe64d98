"""Body of a model: what a request says, under the names and in the spelling of the vendor's schema. Pure.

One table of roles finds the name that a schema has for a thing, for every model alike. A value under the schema's own
name is the caller's to choose: it is respelled (`5`, `"5"`, `"5s"`) or refused. A value under another name of its role
is brought to the nearest that the model has. What has no place is left out, and told.
"""

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NoReturn, cast

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import FPS
from wzrd.models.catalog_rows import Model
from wzrd.models.model_inputs import refuse, snake_case
from wzrd.models.schemas.input_schemas import InputSchema, Schema, accepts, find_schema

ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "prompt": ("prompt", "text", "script", "lyrics"),
    "first_frame": ("start_image_url", "first_frame_url", "first_frame"),
    "last_frame": ("end_image_url", "last_frame_url", "tail_image_url", "last_frame"),
    "image": ("image_url", "source_image_url", "image_urls", "reference_image_urls", "input_image_urls", "image",
              "images", "image_uri", "reference_image_url", "reference_image", "reference_images"),
    "video": ("video_url", "video_urls", "reference_video_urls", "media_url", "video", "videos", "driving_video_url",
              "reference_video", "reference_videos"),
    "audio": ("audio_url", "driven_audio_url", "audio_urls", "media_url", "audio", "audios", "driving_audio"),
    "fps": ("fps", "frames_per_second", "target_fps", "export_fps"),
    "seconds": ("duration", "duration_seconds", "seconds", "num_frames"),
    "shape": ("aspect_ratio", "image_size", "video_size", "size", "ratio"),
    "resolution": ("resolution",),
    "sound": ("generate_audio", "generate_audio_switch", "sound"),
    "format": ("output_format",),
    "voice": ("voice", "voice_id"),
})  # fmt: skip
"""Names of each thing that requests speak of, a schema's likeliest first. A frame without a name of its own is a
picture."""
_FILES = ("first_frame", "last_frame", "image", "video", "audio")
_ROLE_OF: Mapping[str, str] = {name: role for role in reversed(ROLES) for name in (role, *ROLES[role])}
_SIZES = {
    "square_hd": 1.0,
    "square": 1.0,
    "portrait_4_3": 3 / 4,
    "portrait_16_9": 9 / 16,
    "landscape_4_3": 4 / 3,
    "landscape_16_9": 16 / 9,
}
_RATIO = re.compile(r"(\d{1,5}(?:\.\d+)?) ?[:x*] ?(\d{1,5}(?:\.\d+)?)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?")
_NO_PLACE = "the model has no such input"


@dataclass(frozen=True, slots=True)
class ModelBody:
    """Inputs that leave for the vendor; `ignored`: fields that were left out or changed, and why."""

    inputs: dict[str, Any]
    ignored: Mapping[str, str] = field(default_factory=dict[str, str])


def make_body(
    model: Model, given: Mapping[str, Any], *, roles: Mapping[str, Any] | None = None, strict: bool = False
) -> ModelBody:
    """The body of a model for `given`, a request's own fields, and `roles`, what is wished by its role.

    The catalog's defaults lie below both. A model without a schema gets all of it as it is. `strict`: people write for
    this one model, so that a field which it has not is an error.

    Raises:
        BadRequest: a value that the model cannot take, or nothing for an input that it needs; the field, the value and
            what is allowed are named. `strict`: an unknown field, with the nearest name.
    """
    schema = find_schema(model.provider, model.endpoint_id)
    if schema is None:
        return ModelBody({**model.defaults, **given, **_guess(model, roles or {})})
    maker = _Maker(schema)
    maker.take(given, strict=strict)
    maker.wish(roles or {})
    maker.fill(model.defaults)
    check_body(schema, maker.made)
    return ModelBody(maker.made, maker.ignored)


def check_fields(model: Model, given: Mapping[str, Any]) -> None:
    """See that these fields of a request can be meant for this model; others may still come.

    Raises:
        BadRequest: an unknown field, with the nearest name; or a value that the model cannot take.
    """
    if schema := find_schema(model.provider, model.endpoint_id):
        _Maker(schema).take(given, strict=True)


def check_body(schema: InputSchema, body: Mapping[str, Any]) -> None:
    """See that a body is valid.

    Raises:
        BadRequest: it is not; the first field that is wrong is named, with its value and what is allowed.
    """
    for fault in schema.problems(body)[:1]:
        _refuse_fault(schema, fault)


def _guess(model: Model, roles: Mapping[str, Any]) -> dict[str, Any]:
    """Wishes under the first name of their role that the catalog's row has; nobody else has told any."""
    known = {*model.supports, *model.payload_keys, *model.defaults, "prompt"}
    found: dict[str, Any] = {}
    for role, value in roles.items():
        names = (*ROLES[role], *(ROLES["image"] if role == "first_frame" else ()))
        name = next((one for one in names if one in known), None)
        if name is not None and value not in (None, ""):
            found[name] = [value] if name.endswith("_urls") else math.ceil(value) if role == "seconds" else value
    return found


class _Maker:
    """One body in the making."""

    def __init__(self, schema: InputSchema) -> None:
        self._schema, self._fields = schema, schema.properties
        self._given: dict[str, list[Any]] = {}  # what has no place yet, by role
        self._names: dict[str, str] = {}
        self.made: dict[str, Any] = {}
        self.ignored: dict[str, str] = {}

    def take(self, given: Mapping[str, Any], *, strict: bool) -> None:
        """The caller's fields: the schema's own names first, the others by their roles."""
        exceptions = _exceptions().get(self._schema.endpoint_id, {})
        for name, value in given.items():
            field_name = exceptions.get(name) or (name if name in self._fields else snake_case(name))
            if value is None or value in ("", []) or name.startswith("_") or (name == "seed" and _is_random(value)):
                continue
            if field_name in self._fields:
                self.made[field_name] = self._spelled(name, field_name, value)
            elif role := _ROLE_OF.get(field_name):
                self._names.setdefault(role, name)
                self._given.setdefault(role, []).extend(_several(value))
            elif strict:
                self._refuse_unknown(name)
            else:
                self.ignored[name] = _NO_PLACE
        self._place(report=True)

    def wish(self, roles: Mapping[str, Any]) -> None:
        """Place wishes by role; what has no place is told."""
        self._given = {role: _several(value) for role, value in roles.items() if value not in (None, "")}
        self._names = {role: role for role in self._given}
        self._place(report=True)

    def fill(self, defaults: Mapping[str, Any]) -> None:
        """The catalog's defaults, where nothing was said of their role and the model has a place for them."""
        said = {role for name in self.made if (role := _ROLE_OF.get(name))}
        self._given = {}
        for name, value in defaults.items():
            role = _ROLE_OF.get(name)
            if (
                name in self._fields
                and name not in self.made
                and role not in said
                and accepts(self._fields[name], value)
            ):
                self.made[name] = value
            elif role is not None and role not in said and name not in self._fields:
                self._given[role] = [value]
        self._place(report=False)

    def _spelled(self, name: str, field_name: str, value: object) -> Any:
        schema = self._fields[field_name]
        for way in spellings(value):
            if accepts(schema, way):
                return way
        if isinstance(value, str | int | float) or schema.get("type") not in {"array", "object"}:
            refuse(name, value, describe(schema))
        return value  # the check of the whole names the place inside it

    def _place(self, *, report: bool) -> None:
        for role in sorted(self._given, key=[*ROLES].index):
            values = self._given[role]
            name = self._names.get(role, role)
            left = (
                self._place_files(role, values) if role in _FILES else self._place_value(role, values[0], report=report)
            )
            if left and report:
                self.ignored[name] = left

    def _place_files(self, role: str, addresses: Sequence[Any]) -> str | None:
        """Put addresses where the model takes them; the reason if some are left over."""
        here = _texts(self.made)
        waiting: list[Any] = [one for at, one in enumerate(addresses) if one not in here and one not in addresses[:at]]
        names = self._file_names(role)
        for name in names:
            if not waiting or name in self.made:
                continue
            schema = self._fields[name]
            if schema.get("type") == "array":
                most = int(schema.get("maxItems", len(waiting)))
                self.made[name], waiting = waiting[:most], waiting[most:]
            else:
                self.made[name] = waiting[0] if accepts(schema, waiting[0]) else {"url": waiting[0]}
                waiting = waiting[1:]
        if not waiting:
            return None
        return f"{names[0]} takes no more of them" if names else _NO_PLACE

    def _file_names(self, role: str) -> list[str]:
        """The fields for a kind of file: the required first; for several pictures the lists before single ones."""
        wanted = ROLES[role]
        if role == "first_frame":
            wanted = (*wanted, *ROLES["image"])
        names = [name for name in wanted if name in self._fields]
        needed = self._schema.required
        if role == "image":
            names += [name for name in (*ROLES["first_frame"], *ROLES["last_frame"]) if name in needed]
            names += [name for name in ROLES["first_frame"] if name in self._fields and name not in needed]
        is_single = {name: role == "image" and self._fields[name].get("type") != "array" for name in names}
        return sorted(names, key=lambda name: (name not in needed, is_single[name]))

    def _place_value(self, role: str, value: Any, *, report: bool) -> str | None:
        """Put a value where the model takes it, brought to the nearest that it has; why, if that changed or lost it.

        Raises:
            BadRequest: nothing like it fits an input that the model needs.
        """
        names = [name for name in ROLES[role] if name in self._fields]
        if not names:
            return _NO_PLACE
        if made := [name for name in names if name in self.made]:
            return None if any(self.made[name] == value for name in made) else f"{made[0]} says it already"
        for name in names:
            fitted = self._fit(role, name, value)
            if fitted is None:
                continue
            self.made[name] = fitted
            same = any(type(way) is type(fitted) and way == fitted for way in spellings(value))
            return None if same or not report else f"{name} is {fitted}, the nearest that it has"
        allowed = describe(self._fields[names[0]])
        if report and set(names) & set(self._schema.required):
            refuse(self._names.get(role, role), value, allowed)
        return f"{names[0]} must be {allowed}"

    def _fit(self, role: str, name: str, value: Any) -> Any:
        schema = self._fields[name]
        if name == "num_frames":
            number = read_number(value)
            value = None if number is None else number * self._rate()
        for way in spellings(value):
            if accepts(schema, way):
                return way
        measure = _MEASURES.get(role, read_number)
        wanted = measure(value)
        if wanted is None or wanted <= 0:
            return None
        options = [(one, at) for one in options_of(schema) if (at := measure(one)) is not None]
        if not options:
            return None if role == "shape" else _bounded(schema, wanted)
        if role == "seconds":  # what is too long is cut, what is too short stands
            long_enough = [(one, at) for one, at in options if at >= wanted - 1e-6]
            return min(long_enough or [max(options, key=_second)], key=_second)[0]
        return min(options, key=lambda pair: abs(math.log(pair[1] / wanted)))[0]

    def _rate(self) -> float:
        """Frames a second: as said, as the vendor's default, else the house's."""
        names = [name for name in ROLES["fps"] if name in self._fields]
        rates = [read_number(self.made.get(name, self._fields[name].get("default"))) for name in names]
        return next((rate for rate in rates if rate), float(FPS))

    def _refuse_unknown(self, name: str) -> NoReturn:
        near = difflib.get_close_matches(snake_case(name), self._fields, n=1, cutoff=0.5)
        hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(self._fields)}"
        raise BadRequest(f"{self._schema.endpoint_id} has no input {name[:60]!r}: {hint}", field=name)


def _second(pair: tuple[Any, float]) -> float:
    return pair[1]


def spellings(value: object) -> Iterator[Any]:
    """The ways in which one meaning may be written: as it is, as a number, a text, a text with `s`, in a list."""
    yield value
    if isinstance(value, str):
        word = value.strip()
        yield from (word, word.lower(), word.upper(), *({"true": [True], "false": [False]}.get(word.lower(), [])))
        if _NUMBER.fullmatch(word.lower().removesuffix("s")):
            yield from _numbers(float(word.lower().removesuffix("s")))
        yield from {"jpg": ["jpeg"], "jpeg": ["jpg"]}.get(word.lower(), [])
        yield [value]
        yield {"url": value}
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield from _numbers(float(value))
    elif isinstance(value, list) and len(cast("list[object]", value)) == 1:
        yield value[0]


def _numbers(number: float) -> Iterator[Any]:
    if number.is_integer():
        yield from (int(number), str(int(number)), f"{int(number)}s")
    else:
        yield from (number, str(number), f"{number}s")


def read_number(value: object) -> float | None:
    """A number, also as a text, with `s` or `p` behind it."""
    found = _NUMBER.fullmatch(str(value).strip().lower().rstrip("sp")) if isinstance(value, str | int | float) else None
    return None if found is None or isinstance(value, bool) else float(found[0])


def read_shape(value: object) -> float | None:
    """Width by height, of a ratio, a size in pixels, an object with both, or a vendor's word."""
    if isinstance(value, Mapping):
        sides = cast("Mapping[str, Any]", value)
        value = f"{sides.get('width')}x{sides.get('height')}"
    word = str(value).strip().lower()
    found = _RATIO.fullmatch(word)
    if found is None:
        return _SIZES.get(word)
    return float(found[1]) / float(found[2]) if float(found[1]) and float(found[2]) else None


def read_lines(value: object) -> float | None:
    """Lines of a resolution: `1080p`, `1920x1080`, `4k`, `2K`."""
    word = str(value).strip().lower()
    if found := _RATIO.fullmatch(word):
        return min(float(found[1]), float(found[2]))
    return {"4k": 2160.0, "2k": 1440.0, "1k": 1080.0, "512": 512.0}.get(word) or read_number(word)


_MEASURES = {"shape": read_shape, "resolution": read_lines}


def options_of(schema: Schema) -> list[Any]:
    """The values that a field offers, of any of its alternatives."""
    return [*schema.get("enum", ()), *(one for way in schema.get("anyOf", ()) for one in options_of(way))]


def describe(schema: Schema) -> str:
    """Allowed values of a field, in words."""
    if "anyOf" in schema:
        return ", or ".join(describe(one) for one in schema["anyOf"])
    if "enum" in schema:
        words = [str(one) for one in schema["enum"][:20]]
        return f"one of {', '.join(words)}" + (", …" if len(schema["enum"]) > len(words) else "")
    kind = schema.get("type")
    least, most = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    bounds = f"{'' if least is None else f' from {least:g}'}{'' if most is None else f' to {most:g}'}"
    if kind in {"number", "integer"}:
        steps = f" in steps of {schema['multipleOf']:g}" if "multipleOf" in schema else ""
        return f"a {'whole ' if kind == 'integer' else ''}number{bounds}{steps}"
    if kind == "string":
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        limits = " and ".join([*([f"at least {least}"] if least else []), *([f"at most {most}"] if most else [])])
        long = f" of {limits} characters" if limits else ""
        return ("an address" if schema.get("format") == "uri" else "a text") + long
    if kind == "array":
        few = f" of at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"a list{few}, each {describe(schema.get('items', {}))}"
    return {"boolean": "true or false"}.get(str(kind), f"an object of {', '.join(schema.get('properties', {}))}")


def _bounded(schema: Schema, wanted: float) -> float | int | None:
    if schema.get("type") not in {"number", "integer"}:
        return None
    least = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    number = min(max(wanted, least), schema.get("maximum", math.inf))
    steps = schema.get("multipleOf", 1 if schema["type"] == "integer" or float(number).is_integer() else 0)
    number = math.ceil(number / steps - 1e-9) * steps if steps else number
    return number if accepts(schema, number) else None


def _is_random(seed: object) -> bool:
    return str(seed).strip().lower() in {"random", "-1"}


def _several(value: object) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list) else [value]


def _texts(value: object) -> set[str]:
    """Every text in a value."""
    if isinstance(value, Mapping):
        return {text for one in cast("Mapping[str, object]", value).values() for text in _texts(one)}
    if isinstance(value, list):
        return {text for one in cast("list[object]", value) for text in _texts(one)}
    return {value} if isinstance(value, str) else set()


def _refuse_fault(schema: InputSchema, fault: Mapping[str, Any]) -> NoReturn:
    loc = cast("tuple[str | int, ...]", fault["loc"])
    name = ".".join(map(str, loc))
    if fault["type"] == "missing":
        wanted = schema.properties.get(str(loc[-1]), {})
        raise BadRequest(f"{schema.endpoint_id} needs {name}: give {describe(wanted)}", field=name)
    if fault["type"] == "extra_forbidden":
        raise BadRequest(f"{schema.endpoint_id} has no input {name}", field=name)
    refuse(name, fault.get("input"), describe(_at(schema.schema, loc)))


def _at(schema: Schema, loc: Sequence[str | int]) -> Schema:
    """The schema at a location of the body, as far as it can be followed."""
    for part in loc:
        inner = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if inner is None:
            return schema
        schema = inner
    return schema


@cache
def _exceptions() -> Mapping[str, Mapping[str, str]]:
    """Fields that no rule finds: of an endpoint, what a name of ours means there."""
    found: dict[str, dict[str, str]] = {}
    for line in files("wzrd.models").joinpath("data/exceptions.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        found.setdefault(row["endpoint"], {})[row["given"]] = row["field"]
    return found
