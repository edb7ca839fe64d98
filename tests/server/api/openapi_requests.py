"""schemathesis over a served application: cases by a seed, every check, what was found."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import jsonschema_rs
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from pydantic import ValidationError
from schemathesis import GenerationMode, checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response

from server.api.described import DESCRIPTIONS
from wzrd.contracts.sse import SseFrame, SseReader

Caller = Literal["user", "anon", "nobody"]
REFUSED = ("400", "401", "403", "404", "405", "408", "409", "413", "415", "429", "431")
CHECKED = {"negative_data_rejection": {"expected-statuses": list(REFUSED)}}
"""Statuses with which an invalid case may be refused: not a server error; a body too large is 413."""
KNOWN = {
    "project_id": "project",
    "projectId": "project",
    "scene_id": "scene",
    "sceneId": "scene",
    "run_id": "run",
    "runId": "run",
    "jobId": "run",
    "shot_id": "shot",
    "bucket": "bucket",
    "bucketId": "bucket",
    "path": "path",
    "sourceKey": "path",
}
"""Which of our rows a field may name, so that cases get beyond `not found`."""


@dataclass(slots=True)
class Found:
    """Number of cases, their answers, and what was wrong, by operation and check."""

    cases: int = 0
    server_errors: int = 0
    answers: Counter[int] = field(default_factory=Counter[int])
    wrong: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def __add__(self, other: "Found") -> "Found":
        errors = self.server_errors + other.server_errors
        return Found(self.cases + other.cases, errors, self.answers + other.answers, self.wrong | other.wrong)


@dataclass(frozen=True, slots=True)
class Storm:
    """Storm of requests: what is sent where, and by whom. `rows` are ids of things that are there."""

    document: Mapping[str, Any]
    url: str
    headers: Mapping[str, str]
    rows: Mapping[str, Sequence[str]]
    exempt: Mapping[str, Mapping[str, str]]

    async def run(self, number: int, examples: int) -> Found:
        """`examples` valid and as many invalid cases an operation, by this seed."""
        return await asyncio.to_thread(self._run, number, examples)

    def _run(self, number: int, examples: int) -> Found:
        found = Found()
        generation = {
            "allow-x00": False,
            "allow-extra-parameters": False,
            "with-security-parameters": False,
            "database": "none",
        }
        config = cast("Any", SchemathesisConfig).from_dict({"generation": generation, "checks": CHECKED})
        schema: Any = schemathesis.openapi.from_dict(dict(self.document), config=config)
        with requests.Session() as session:
            for result in schema.get_all_operations():
                operation = result.ok()
                modes = GenerationMode if can_be_invalid(operation.definition.raw) else (GenerationMode.POSITIVE,)
                for mode in modes:
                    self._try(operation, mode, number, examples, session, found)
        return found

    def _try(
        self, operation: Any, mode: GenerationMode, number: int, examples: int, session: requests.Session, found: Found
    ) -> None:
        turns = itertools.count()

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=cast("list[HealthCheck]", list(HealthCheck)),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_case(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                self._fill(case, next(turns))
            found.cases += 1
            response = case.call(base_url=self.url, headers=dict(self.headers), session=session)
            found.answers[response.status_code] += 1
            exempt = self.exempt.get(operation.label, {})
            found.server_errors += response.status_code >= 500 and "not_a_server_error" not in exempt
            try:
                case.validate_response(
                    response,
                    headers=dict(self.headers),
                    additional_checks=[check_stream, check_model],
                    excluded_checks=[check for check in ALL_CHECKS if check.__name__ in exempt],
                )
            except (FailureGroup, AssertionError) as error:
                for one in getattr(error, "exceptions", [error]):
                    found.wrong.setdefault((operation.label, type(one).__name__), f"{one}\n{case.as_curl_command()}")

        with suppress(Unsatisfiable):  # nothing about it can be invalid
            try_case()

    def _fill(self, case: Any, turn: int) -> None:
        """Every other case names rows that are there, where it names any."""
        if turn % 2:
            return
        if "Prefer" in (case.headers or {}):
            case.headers["Prefer"] = "respond-async"
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                for name in cast("dict[str, Any]", part).keys() & KNOWN.keys():
                    rows = self.rows[KNOWN[name]]
                    if isinstance(part[name], str) and rows:
                        part[name] = rows[turn // 2 % len(rows)]


def can_be_invalid(operation: Mapping[str, Any]) -> bool:
    """True if a request to the operation can be invalid: something is said of it that not everything fits."""
    plain = ("type", "title", "default")
    parameters = [one["schema"] for one in operation.get("parameters", ())]
    return "requestBody" in operation or any(
        one.get("type") != "string" or one.keys() - set(plain) for one in parameters
    )


checks.load_all_checks()
ALL_CHECKS: list[Any] = cast("Any", checks).CHECKS.get_all()


def fitting(document: Mapping[str, Any]) -> Callable[[Mapping[str, Any], SseFrame], bool]:
    """Function that is true if a frame of a stream fits the schema of its items, its data included."""
    validators = dict[str, jsonschema_rs.Validator]()

    def fits_data(item: Mapping[str, Any], frame: SseFrame) -> bool:
        told = item["properties"]["data"]
        if "const" in told:
            return frame.data == told["const"]
        if item["properties"].get("event", {"const": "message"})["const"] != frame.event:
            return False
        ref = told["contentSchema"]["$ref"]
        if ref not in validators:
            whole = {"$ref": ref, "components": document["components"]}
            validators[ref] = jsonschema_rs.validator_for(whole, validate_formats=True)
        return frame.data != "[DONE]" and validators[ref].is_valid(json.loads(frame.data))

    return lambda schema, frame: any(fits_data(item, frame) for item in schema.get("anyOf", [schema]))


def check_stream(_ctx: Any, response: Response, case: Any) -> None:
    """Every frame of a stream is described."""
    if not response.headers.get("content-type", [""])[0].startswith("text/event-stream"):
        return
    raw = case.operation.schema.raw_schema
    answers = raw["paths"][case.operation.path][case.operation.method]["responses"]
    schema = answers[str(response.status_code)]["content"]["text/event-stream"]["itemSchema"]
    fits = fitting(raw)
    for frame in SseReader().feed(response.content):
        assert fits(schema, frame), f"undocumented event: {frame}"


def check_model(_ctx: Any, response: Response, case: Any) -> None:
    """The model that the route parses takes a valid body: what is refused is refused for what it means."""
    del response
    name = case.operation.definition.raw["operationId"]
    model = next(told.message for made, told in DESCRIPTIONS.items() if made.__name__ == name)
    body: Any = case.body
    if case.meta.generation.mode is GenerationMode.POSITIVE and model is not None and type(body) is dict:
        try:
            model.model_validate(body)
        except ValidationError as error:
            raise AssertionError(f"{model.__name__} does not take what its schema allows: {error}") from error


def report(found: Found) -> str:
    """The figures as a line, then whatever was wrong."""
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(found.answers.items()))
    head = f"{found.cases} cases, {found.server_errors} server errors, {len(found.wrong)} wrong answers ({statuses})"
    return "\n".join([head, *(f"{where}: {check}\n{text}" for (where, check), text in sorted(found.wrong.items()))])
