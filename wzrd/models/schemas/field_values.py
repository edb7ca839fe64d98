"""Values of fields: read, respelled (`5`, `"5"`, `"5s"`), brought to the nearest that is allowed, refused. Pure."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NoReturn, cast

from wzrd.domain.errors import BadRequest
from wzrd.models.model_inputs import refuse, refuse_unknown
from wzrd.models.schemas.input_schemas import InputSchema, Schema, accepts

_RATIO = re.compile(r"(\d{1,5}(?:\.\d+)?) ?[:x*] ?(\d{1,5}(?:\.\d+)?)", re.IGNORECASE)
_PIXELS = re.compile(r"(\d{2,5}) ?[x*] ?(\d{2,5})")
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?")
NAMED_SIZES: Mapping[str, tuple[int, int]] = MappingProxyType({
    "square_hd": (1024, 1024), "square": (512, 512), "portrait_4_3": (768, 1024), "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768), "landscape_16_9": (1024, 576),
})  # fmt: skip
"""Pixels of fal's words for a picture's size, by its pages."""
FEW = 2
"""Fields of an object that are all described."""
_LINES = {"4k": 2160.0, "3k": 1728.0, "2k": 1440.0, "1k": 1080.0, "512": 512.0}
_SWITCHES: Mapping[object, tuple[Any, ...]] = {
    "true": ("on", "yes"), "false": ("off", "no"), "on": (True,), "yes": (True,), "off": (False,), "no": (False,),
}  # fmt: skip
"""Ways in which vendors write a switch."""

Measure = Callable[[object], "float | None"]
Rounding = Literal["nearest", "up"]


def respell(schema: Schema, value: object) -> tuple[Any, ...]:
    """The value in the first spelling of its meaning that the field takes; empty where it takes none."""
    ways = [*spellings(value)]
    if "enum" in schema or schema.get("type") == "boolean":
        ways += _SWITCHES.get(str(value).lower(), ())
    if schema.get("type") == "array" and isinstance(value, list):
        ways.append([wrap(schema.get("items", {}), one) for one in cast("list[object]", value)])
    ways += [{name: way} for name, inner in only_property(schema) for way in respell(inner, cast("object", value))]
    return next(((way,) for way in ways if accepts(schema, way)), ())


def only_property(schema: Schema) -> Sequence[tuple[str, Schema]]:
    """The one property of an object that has no other; nothing of any other schema."""
    fields = cast("Mapping[str, Schema]", schema.get("properties", {}))
    return [*fields.items()] if len(fields) == 1 else []


def spellings(value: object) -> Iterator[Any]:
    """The ways in which one meaning may be written: as it is, as a number, a text, a text with `s`, in a list."""
    yield value
    if isinstance(value, str):
        word = value.strip()
        yield from (word, word.lower(), word.upper(), *({"true": [True], "false": [False]}.get(word.lower(), [])))
        if _NUMBER.fullmatch(word.lower().removesuffix("s")):
            yield from _numbers(float(word.lower().removesuffix("s")))
        yield from {"jpg": ["jpeg"], "jpeg": ["jpg"]}.get(word.lower(), [])
        if sides := _PIXELS.fullmatch(word.lower()):
            yield {"width": int(sides[1]), "height": int(sides[2])}
        yield [value]
        yield {"url": value}
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield from _numbers(float(value))
    elif isinstance(value, list) and len(cast("list[object]", value)) == 1:
        yield value[0]


def _numbers(number: float) -> Iterator[Any]:
    if number.is_integer() and abs(number) < 2**63:  # no larger one can be written as JSON
        yield from (int(number), str(int(number)), f"{int(number)}s")
    else:
        yield from (number, str(number), f"{number}s")


def wrap(schema: Schema, value: object) -> Any:
    """A bare value as the object that a list's items are, under the one name that they require."""
    needed = cast("Sequence[str]", schema.get("required", ()))
    if schema.get("type") != "object" or isinstance(value, Mapping) or len(needed) != 1:
        return cast("object", value)
    fields = cast("Mapping[str, Schema]", schema["properties"])
    return {name: one["default"] for name, one in fields.items() if "default" in one} | {needed[0]: value}


def fit(
    schema: Schema, value: object, *, measure: Measure, rounding: Rounding = "nearest", detail: object = None
) -> Any:
    """The allowed value that is nearest to this one by `measure`; None where none is like it.

    `up`: the smallest that is not below it, else the largest. Of equally near ones the first; of sizes in pixels the
    one that is most like the resolution `detail`.
    """
    for name, inner in only_property(schema):
        found = fit(inner, value, measure=measure, rounding=rounding, detail=detail)
        return None if found is None else {name: found}
    wanted = measure(value)
    if wanted is None or wanted <= 0:
        return None
    options = [(one, at) for one in options_of(schema) if (at := measure(one)) is not None]
    if not options:
        return None if measure is read_shape else _bounded(schema, wanted, rounding)

    def distance(option: tuple[Any, float]) -> tuple[float, ...]:
        text, at = option
        if rounding == "up":
            return (at < wanted - 1e-6, abs(at - wanted))
        if measure is read_number:
            return (abs(at - wanted),)
        return (round(abs(math.log(at / wanted)), 2), _unlike(str(text), str(detail).strip().lower()))

    return min(options, key=distance)[0]


def _unlike(size: str, resolution: str) -> float:
    """Distance of a size in pixels from a resolution: `3K` tells the longer side, `1080p` the shorter."""
    sides, lines = _RATIO.fullmatch(size), read_lines(resolution)
    if sides is None or not lines:
        return 0
    shorter, longer = sorted(map(float, sides.groups()))
    if resolution.endswith("k"):
        return abs(math.log(longer / 1024 / float(resolution[0])))
    return abs(math.log(shorter / lines))


def _bounded(schema: Schema, wanted: float, rounding: Rounding) -> float | int | None:
    if schema.get("type") not in {"number", "integer"}:
        return None
    least = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    number = min(max(wanted, least), schema.get("maximum", math.inf))
    steps = schema.get("multipleOf", 1 if schema["type"] == "integer" or float(number).is_integer() else 0)
    if steps:
        number = (math.ceil(number / steps - 1e-9) if rounding == "up" else round(number / steps)) * steps
    return number if accepts(schema, number) else None


def read_number(value: object) -> float | None:
    """A number, also as a text, with `s`, `p` or `fps` behind it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e12 else None
    if not isinstance(value, str):
        return None
    found = _NUMBER.fullmatch(value.strip().lower().removesuffix("fps").rstrip("sp"))
    return None if found is None else float(found[0])


def read_shape(value: object) -> float | None:
    """Width by height, of a ratio, a size in pixels, an object with both, or a vendor's word."""
    if isinstance(value, Mapping):
        sides = cast("Mapping[str, Any]", value)
        value = f"{sides.get('width')}x{sides.get('height')}"
    word = str(value).strip().lower()
    found = _RATIO.fullmatch("x".join(map(str, NAMED_SIZES.get(word, (word,)))))
    if found is None:
        return None
    return float(found[1]) / float(found[2]) if float(found[1]) and float(found[2]) else None


def read_lines(value: object) -> float | None:
    """Lines of a resolution: `1080p`, `1920x1080`, `4k`, `2K`."""
    word = str(value).strip().lower()
    if found := _RATIO.fullmatch(word):
        return min(float(found[1]), float(found[2]))
    return _LINES.get(word) or read_number(word)


MEASURES: Mapping[str, Measure] = MappingProxyType({"shape": read_shape, "resolution": read_lines})
"""Measure by which values of a role compare; those of all others by their numbers."""


def options_of(schema: Schema) -> list[Any]:
    """The values that a field offers, of any of its alternatives."""
    return [*schema.get("enum", ()), *(one for way in schema.get("anyOf", ()) for one in options_of(way))]


def with_only_option(schema: Schema) -> Schema:
    """The schema of a measured field; a text with a number as its default takes that number alone.

    So fal's client declares an enumeration of one value, as `duration` of Veo's reference-to-video, which is `8s`.
    """
    is_open = schema.get("type") == "string" and "enum" not in schema
    return {**schema, "enum": [schema["default"]]} if is_open and read_number(schema.get("default")) else schema


def describe(schema: Schema) -> str:
    """Allowed values of a field, in words."""
    if "anyOf" in schema:
        return ", or ".join(describe(one) for one in schema["anyOf"])
    if "enum" in schema:
        words = [str(one) for one in schema["enum"][:20]]
        return f"one of {', '.join(words)}" + (", …" if len(schema["enum"]) > len(words) else "")
    kind = schema.get("type")
    if kind in {"number", "integer"}:
        words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
        bounds = "".join(f" {word} {schema[name]:g}" for name, word in words.items() if name in schema)
        steps = f" in steps of {schema['multipleOf']:g}" if "multipleOf" in schema else ""
        return f"a {'whole ' if kind == 'integer' else ''}number{bounds}{steps}"
    if kind == "string":
        limits = _limits(schema, "Length")
        long = f"{limits} characters" if limits else ""
        form = f" like {schema['pattern']}" if "pattern" in schema else ""
        return ("an address" if schema.get("format") == "uri" else "a text") + long + form
    if kind == "array":
        return f"a list{_limits(schema, 'Items')}, each {describe(schema.get('items', {}))}"
    return _describe_object(schema) if kind == "object" else "true or false" if kind == "boolean" else "any value"


def _describe_object(schema: Schema) -> str:
    """An object by its fields; what each may be is told of those that it needs, and of few."""
    fields = cast("Mapping[str, Schema]", schema.get("properties", {}))
    told = [*fields] if len(fields) <= FEW else [*schema.get("required", ())]
    said = [f"{name} ({describe(one)})" if name in told else name for name, one in fields.items()]
    return f"an object of {', '.join(said)}" if said else "an object"


def _limits(schema: Schema, of: str) -> str:
    """Numbers of items, or of characters, that there may be."""
    bounds = {"at least": schema.get(f"min{of}"), "at most": schema.get(f"max{of}")}
    said = " and ".join(f"{word} {bound}" for word, bound in bounds.items() if bound)
    return f" of {said}" if said else ""


def check_body(schema: InputSchema, body: Mapping[str, Any]) -> None:
    """See that a body is valid.

    Raises:
        BadRequest: it is not; the first field that is wrong is named, with its value and what is allowed.
    """
    for fault in schema.problems(body)[:1]:
        _refuse_fault(schema, fault)


def _refuse_fault(schema: InputSchema, fault: Mapping[str, Any]) -> NoReturn:
    loc = cast("tuple[str | int, ...]", fault["loc"])
    name = ".".join(map(str, loc))
    around = _at(schema.schema, loc[:-1]).get("properties", {})
    if fault["type"] == "missing":
        raise BadRequest(f"{schema.endpoint_id} needs {name}: give {describe(around.get(loc[-1], {}))}", field=name)
    if fault["type"] == "extra_forbidden":
        refuse_unknown(schema.endpoint_id, name, around)
    refuse(name, fault.get("input"), describe(_at(schema.schema, loc)))


def _at(schema: Schema, loc: Sequence[str | int]) -> Schema:
    """The schema at a location of the body, as far as it can be followed."""
    for part in loc:
        inner = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if inner is None:
            return schema
        schema = inner
    return schema
