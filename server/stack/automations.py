"""The automations that come along, switched off: looked up by name, made where missing, never changed afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from server.stack.prefect.rest import PrefectRest
from wzrd.domain.work_queues import BATCH

ALERTS = "wzrd-alerts"
"""The notification block that automations send through: a webhook whose address the operator fills in."""
NOWHERE = "https://fill-in-your-webhook.invalid/"
BACKFILL = "backfill/failed-generations"
NIGHT_SECONDS = 24 * 3600
LONG_WAIT_SECONDS = 600
SILENCE_SECONDS = 600
"""Longer than three of Prefect's heartbeats, which a flow run sends every three minutes."""

_OURS = {"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.wzrd"}
_FLOW_RUN = {"prefect.resource.id": "prefect.flow-run.*"}
_ENDS = [f"prefect.flow-run.{name}" for name in ("Completed", "Failed", "Partial", "Crashed", "Cancelled")]
_STATE, _LINK = "{{ flow_run.state.message }}", "{{ flow_run|ui_url }}"
_SPENT = "{{ event.payload.credits }} credits today; the limit is {{ event.payload.limit }}"
_LEFT = [*_ENDS, *(f"prefect.flow-run.{name}" for name in ("Pending", "Running", "Cancelling", "Suspended", "Paused"))]


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of automations, by Prefect's ids. Without the deployment of backfill, what starts it is left out."""

    alerts: str
    batch_queue: str
    backfill: str | None


def describe_automations(targets: Targets) -> list[dict[str, Any]]:
    """All that can be made with these targets, as Prefect's REST takes them. Pure."""
    return [
        _automation(
            "WZRD: a run has failed",
            "Tells when a flow run ends Failed, Partial or Crashed.",
            _trigger(
                "Reactive",
                [f"prefect.flow-run.{name}" for name in ("Failed", "Partial", "Crashed")],
                match_related=[_OURS],
            ),
            [_notify(targets, "{{ flow_run.name }}: {{ flow_run.state.name }}", f"{_STATE}\n{_LINK}")],
        ),
        _pause_batch(targets),
        _automation(
            "WZRD: the day's spend has passed its limit",
            "Tells once a day, when runs have charged more credits than WZRD_SPEND_ALERT.",
            _trigger("Reactive", ["wzrd.spend.exceeded"], match={"prefect.resource.id": "wzrd.spend"}),
            [_notify(targets, "Spend of today", _SPENT)],
        ),
        _automation(
            "WZRD: a run has waited ten minutes",
            "Tells when a flow run that was Late has still not begun ten minutes later.",
            _trigger(
                "Proactive", _LEFT, after=["prefect.flow-run.Late"], within=LONG_WAIT_SECONDS, match_related=[_OURS]
            ),
            [_notify(targets, "{{ flow_run.name }} waits", f"No worker has taken it for ten minutes.\n{_LINK}")],
        ),
        _automation(
            "WZRD: a silent run has crashed",
            "Marks a flow run of a process, docker or kubernetes pool Crashed when it sends no heartbeat any more. "
            "Runs of warm workers are looked after by the workers themselves, and not meant.",
            _trigger(
                "Proactive",
                ["prefect.flow-run.heartbeat", *_ENDS, "prefect.flow-run.Suspended", "prefect.flow-run.Paused"],
                after=["prefect.flow-run.heartbeat"],
                within=SILENCE_SECONDS,
                match_related=[_OURS, {"prefect.resource.role": "deployment"}],
            ),
            [{"type": "change-flow-run-state", "state": "CRASHED", "message": "It sends no heartbeat any more"}],
        ),
        *_backfill(targets),
    ]


def _pause_batch(targets: Targets) -> dict[str, Any]:
    failing = {"prefect.resource.id": "wzrd.run.*", "wzrd.error-code": "provider_*"}
    ends = ["wzrd.run.failed", "wzrd.run.partial"]
    trigger = _trigger("Reactive", ends, match=failing, for_each=[], threshold=3, within=600)
    pause = {"type": "pause-work-queue", "source": "selected", "work_queue_id": targets.batch_queue}
    message = (
        "Three runs have failed at a provider, the last at {{ event.payload.provider }}: {{ event.payload.error }}"
    )
    return _automation(
        "WZRD: a provider keeps failing",
        "Pauses the batch queue after three failures at a provider in ten minutes, and tells.",
        trigger,
        [pause, _notify(targets, f"The queue {BATCH} is paused", message)],
    )


def _backfill(targets: Targets) -> list[dict[str, Any]]:
    """Fires whenever a night and a day have passed without a backfill, whoever started that."""
    if targets.backfill is None:
        return []
    deployment = {
        "prefect.resource.role": "deployment",
        "prefect.resource.id": f"prefect.deployment.{targets.backfill}",
    }
    ends = [name for name in _ENDS if not name.endswith("Cancelled")]
    run = {"type": "run-deployment", "source": "selected", "deployment_id": targets.backfill}
    return [
        _automation(
            "WZRD: nightly backfill",
            "Starts the backfill of failed generations, for real, when none has run for a day.",
            _trigger("Proactive", ends, within=NIGHT_SECONDS, match_related=[deployment], for_each=[]),
            [{**run, "parameters": {"dry_run": False}}],
        )
    ]


def _automation(name: str, description: str, trigger: Mapping[str, Any], actions: Sequence[Any]) -> dict[str, Any]:
    about = {"name": name, "description": description, "enabled": False, "tags": ["wzrd"]}
    return {**about, "trigger": dict(trigger), "actions": list(actions)}


def _trigger(posture: Literal["Reactive", "Proactive"], expect: Sequence[str], **more: Any) -> dict[str, Any]:
    """A trigger by flow runs, one for each; `more` is what else Prefect is told, or in place of that."""
    about = {"type": "event", "posture": posture, "expect": list(expect), "match": _FLOW_RUN}
    return {**about, "for_each": ["prefect.resource.id"], "threshold": 1, "within": 0, **more}


def _notify(targets: Targets, subject: str, body: str) -> dict[str, Any]:
    return {"type": "send-notification", "block_document_id": targets.alerts, "subject": subject, "body": body}


async def ensure_automations(rest: PrefectRest, *, pool: str) -> int:
    """Make those that are missing; what an operator has changed, or switched on, stays. Returns how many were made.

    Raises:
        StackError: Prefect refused something.
    """
    _, queue = await rest.call("GET", f"/work_pools/{pool}/queues/{BATCH}")
    targets = Targets(await _alerts(rest), str(queue["id"]), await _deployment(rest, BACKFILL))
    wanted = describe_automations(targets)
    named = {"automations": {"name": {"any_": [one["name"] for one in wanted]}}}
    _, found = await rest.call("POST", "/automations/filter", named)
    known = {one["name"] for one in found}
    missing = [one for one in wanted if one["name"] not in known]
    for one in missing:
        await rest.call("POST", "/automations/", one)
    if missing:
        await _drop_doubles(rest, named)
    return len(missing)


async def _drop_doubles(rest: PrefectRest, named: Mapping[str, Any]) -> None:
    """Names are not unique there: of those that two starts (or a repeated call) have made, the earliest stays."""
    _, found = await rest.call("POST", "/automations/filter", named)
    seen = set[str]()
    for one in sorted(found, key=lambda each: (each["created"], each["id"])):
        if one["name"] in seen:
            await rest.call("DELETE", f"/automations/{one['id']}", fine=[404])
        seen.add(one["name"])


async def _alerts(rest: PrefectRest) -> str:
    """The id of the notification block, made where it is missing."""
    path = f"/block_types/slug/custom-webhook/block_documents/name/{ALERTS}"
    status, found = await rest.call("GET", path, fine=[404])
    if status != 404:
        return str(found["id"])
    _, kind = await rest.call("GET", "/block_types/slug/custom-webhook")
    of_kind = {"block_schemas": {"block_type_id": {"any_": [kind["id"]]}}}
    _, schemas = await rest.call("POST", "/block_schemas/filter", of_kind)
    data = {"name": ALERTS, "url": NOWHERE, "method": "POST", "json_data": {"text": "{{subject}}\n{{body}}"}}
    document = {"name": ALERTS, "data": data, "block_type_id": kind["id"], "block_schema_id": schemas[0]["id"]}
    status, made = await rest.call("POST", "/block_documents/", document, fine=[409])
    return str(made["id"]) if status != 409 else await _alerts(rest)  # another `wzrd up` was first


async def _deployment(rest: PrefectRest, name: str) -> str | None:
    status, found = await rest.call("GET", f"/deployments/name/{name}", fine=[404])
    return None if status == 404 else str(found["id"])
