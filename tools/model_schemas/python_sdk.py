"""The inputs of calls as JSON Schema, read from the source of a vendor's Python SDK. Pure.

Types, literals and what is required are the annotations' own; bounds stand in the docstrings. Nothing is imported.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_NUMBER = r"(-?\d+(?:\.\d+)?)(?:ms)?"
_BOUNDS = re.compile(rf"(?:between|at least) {_NUMBER} and (?:at most )?{_NUMBER}")
_VAGUE = re.compile(r"values (?:like|between)|typical|recommend", re.IGNORECASE)
_SCALARS: Mapping[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "object": {},
    "Any": {},
}
_LISTS = frozenset({"List", "Iterable", "Sequence", "SequenceNotStr", "list"})
_BARE = frozenset({"Optional", "Required", "Annotated"})


class Sources:
    """The source files of one package, by path."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def params(self, path: str, name: str) -> Schema:
        """The schema of a class of typed parameters and of what its subclasses add.

        Raises:
            KeyError: there is no such file or class.
        """
        module = ast.parse(self._files[path])
        classes = {one.name: one for one in module.body if isinstance(one, ast.ClassDef)}
        fields = dict(self._fields(path, classes[name]))
        for one in classes.values():
            if any(isinstance(base, ast.Name) and base.id == name for base in one.bases):
                added = {key: self._type(path, field) for key, field, _ in _annotated(one)}
                fields |= {key: _union([fields.get(key, added[key]), added[key]]) for key in added}
        required = [key for key, field, _ in _annotated(classes[name]) if ast.unparse(field).startswith("Required[")]
        return _closed(fields, required)

    def method(self, path: str, name: str) -> Schema:
        """The schema of the JSON that a client's method sends.

        Raises:
            KeyError, StopIteration: there is no such file or method, or it sends no JSON.
        """
        function = next(
            one
            for one in ast.walk(ast.parse(self._files[path]))
            if isinstance(one, ast.FunctionDef) and one.name == name
        )
        body = next(
            one.value
            for one in ast.walk(function)
            if isinstance(one, ast.keyword) and one.arg == "json" and isinstance(one.value, ast.Dict)
        )
        said = _paragraphs(ast.get_docstring(function) or "")
        arguments = dict(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
        by_name = {argument.arg: (argument.annotation, default) for argument, default in arguments.items()}
        fields: dict[str, Schema] = {}
        required: list[str] = []
        for key, value in zip(body.keys, body.values, strict=True):
            annotation, default = by_name[_named(value)]
            wire = ast.literal_eval(key) if key is not None else ""
            fields[wire] = _bounded(self._type(path, annotation), said.get(_named(value), ""))
            if default is None:
                required.append(wire)
        return _closed(fields, required)

    def _fields(self, path: str, made: ast.ClassDef) -> Iterator[tuple[str, Schema]]:
        for name, annotation, said in _annotated(made):
            yield name, _bounded(self._type(path, annotation), said)

    def _type(self, path: str, node: ast.AST | None, depth: int = 0) -> Schema:
        """The schema of an annotation; classes are followed one step, further ones are any object."""
        match node:
            case ast.Subscript(value=outer, slice=inner):
                return self._generic(path, _last(outer), inner, depth)
            case ast.Constant(value=None):
                return {"type": "null"}
            case ast.Name() | ast.Attribute() if _last(node) in _SCALARS:
                return dict(_SCALARS[_last(node)])
            case ast.Name(id=name):
                return self._named(path, name, depth)
            case _:
                return {}

    def _generic(self, path: str, outer: str, inner: ast.expr, depth: int) -> Schema:
        members = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if outer in _BARE:
            return self._type(path, members[0], depth)
        if outer == "Literal":
            return {"enum": [ast.literal_eval(one) for one in members]}
        if outer == "Union":
            return _union([self._type(path, one, depth) for one in members])
        if outer in _LISTS:
            return {"type": "array", "items": self._type(path, members[0], depth + 1)}
        return {"type": "object"}

    def _named(self, path: str, name: str, depth: int) -> Schema:
        """A name of the module, or of the one that it is imported from."""
        for one in ast.parse(self._files.get(path, "")).body:
            match one:
                case ast.ClassDef(name=found) if found == name:
                    if depth:
                        return {"type": "object"}
                    required = [key for key, field, _ in _annotated(one) if ast.unparse(field).startswith("Required[")]
                    return _closed({key: self._type(path, field, 1) for key, field, _ in _annotated(one)}, required)
                case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                    return self._type(path, value, depth)
                case ast.AnnAssign(target=ast.Name(id=found), value=value) if found == name:
                    return self._type(path, value, depth)
                case ast.ImportFrom(module=module, level=level, names=names) if level:
                    if any(name == (alias.asname or alias.name) for alias in names):
                        return self._imported(path, module or "", level, name, depth)
                case _:
                    pass
        return {}

    def _imported(self, path: str, module: str, level: int, name: str, depth: int) -> Schema:
        room = path.split("/")[:-level]
        base = "/".join([*room, *module.split(".")])
        found = next((one for one in (f"{base}.py", f"{base}/__init__.py") if one in self._files), "")
        return self._named(found, name, depth)


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _named(value: ast.AST) -> str:
    """The argument that a member of the JSON holds, as it is or made ready."""
    if isinstance(value, ast.Name):
        return value.id
    given = (one.value for one in ast.walk(value) if isinstance(one, ast.keyword) and one.arg == "object_")
    return _last(next(given))


def _annotated(made: ast.ClassDef) -> Iterator[tuple[str, ast.expr, str]]:
    """Fields of a class with the sentences below each."""
    for at, one in enumerate(made.body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.target.id != "model_config":
            below = made.body[at + 1] if at + 1 < len(made.body) else None
            said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            yield one.target.id, one.annotation, " ".join(str(said).split())


def _paragraphs(docstring: str) -> dict[str, str]:
    """Return the text of each argument in a docstring, by its name."""
    found = re.findall(r"^(\w+) : .*\n((?:    .*\n?|\n)*)", docstring, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def _union(members: list[Schema]) -> Schema:
    """One schema of several: literals are one enum, `None` and anything at all are left out."""
    members = [one for at, one in enumerate(members) if one != {"type": "null"} and one and one not in members[:at]]
    literals = [value for one in members if set(one) == {"enum"} for value in one["enum"]]
    ways = [one for one in members if set(one) != {"enum"}]
    if {True, False} == {one for one in literals if isinstance(one, bool)}:
        return {"type": "boolean"}
    if {"type": "string"} not in ways and literals:
        ways.append({"enum": [*dict.fromkeys(literals)]})
    return ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else {}


def _bounded(schema: Schema, said: str) -> Schema:
    found = _BOUNDS.search(said)
    if schema.get("type") not in {"number", "integer"} or found is None or _VAGUE.search(said[: found.end()]):
        return schema
    return {**schema, "minimum": json.loads(found[1]), "maximum": json.loads(found[2])}


def _closed(fields: Mapping[str, Schema], required: list[str]) -> Schema:
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": dict(fields), **needed, "additionalProperties": False}
