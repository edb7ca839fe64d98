"""The order in which a stack comes up, as parallel as its needs allow.

PostgreSQL → schema → API and worker; Prefect and a description of its flows → work pool and deployments. Prefect's
server and the worker import for seconds, so they are started early and wait by themselves for what they need.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from server.stack import deployments, parts
from server.stack.automations import ensure_automations
from server.stack.errors import StackError
from server.stack.health import wait_http
from server.stack.plan import StackPlan
from server.stack.prefect.file import Deployment, read_deployments
from server.stack.prefect.rest import PrefectRest
from server.stack.supervisor import Notice, Report, Supervisor
from server.stack.template import WorkerTemplate

_SHOWN = ("documentation_url", "description", "code_example")


async def register_blocks(rest: PrefectRest, types: Sequence[Mapping[str, Any]], *, api_url: str) -> None:
    """Make each type, or bring what it shows up to date, then its schema; documents stay as they are.

    `types` are what `server.worker.flow_schemas` describes. Their pictures come from our API, by an address: Prefect's
    client takes no `data:` URI.

    Raises:
        StackError: Prefect refused something.
    """
    for one in types:
        shown = {name: one[name] for name in _SHOWN} | {"logo_url": f"{api_url}/logos/{one['slug']}.svg"}
        status, found = await rest.call("GET", f"/block_types/slug/{one['slug']}", fine=[404])
        if status == 404:
            made = {"name": one["name"], "slug": one["slug"], **shown}
            status, found = await rest.call("POST", "/block_types/", made, fine=[409])
            if status == 409:  # another `wzrd up` was first
                _, found = await rest.call("GET", f"/block_types/slug/{one['slug']}")
        elif any(found.get(name) != value for name, value in shown.items()):
            await rest.call("PATCH", f"/block_types/{found['id']}", shown)
        schema = {name: one[name] for name in ("fields", "capabilities", "version")}
        await rest.call("POST", "/block_schemas/", {**schema, "block_type_id": found["id"]})


def first_error(error: BaseException) -> BaseException:
    """The error that made a group of tasks end: the others were only cancelled for it."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    return first_error(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])


async def _database(plan: StackPlan, supervisor: Supervisor, report: Report) -> None:
    """PostgreSQL, then our schema in it (or in the given one)."""
    if plan.cluster is not None:
        await supervisor.start(parts.postgres_part(plan))
    from server.stack.bootstrap import prepare_database  # a second, and Prefect starts meanwhile

    report(Notice("database", "starting", "schema"))
    await prepare_database(plan.database_url, embedded=plan.embedded_database)
    report(Notice("database", "up", "schema is in place"))


async def _prefect(plan: StackPlan, supervisor: Supervisor) -> None:
    """Prefect's server: ours, or the given one once it answers."""
    if plan.prefect is not None:
        await supervisor.start(parts.prefect_part(plan, plan.prefect))
        return
    try:
        await wait_http(f"{plan.prefect_api_url}/health", seconds=15.0, auth=plan.prefect_auth)
    except TimeoutError as error:
        remedy = "check PREFECT_API_URL (it ends with /api)"
        raise StackError(f"Prefect's server at {plan.prefect_api_url} does not answer", remedy=remedy) from error


def _template(plan: StackPlan, listed: Sequence[Deployment]) -> WorkerTemplate:
    return parts.worker_template(plan, sorted({one.entrypoint for one in listed}))


async def _deploy(
    plan: StackPlan,
    listed: Sequence[Deployment],
    template: WorkerTemplate,
    prefect: asyncio.Task[None],
    report: Report,
) -> None:
    """Describe the flows while Prefect starts, then put pool and deployments into it."""
    flows = await template.describe()
    await prefect
    report(Notice("deployments", "starting", f"{len(listed)} of prefect.yaml"))
    pool = plan.settings.work_pool
    kept = await deployments.apply(
        plan.prefect_api_url,
        listed,
        flows,
        pool=pool,
        auth=plan.prefect_auth,
        reset=plan.reset_deployments,
        slots=plan.settings.worker_concurrency,
    )
    message = f"; kept as set in Prefect: {', '.join(map(str, kept))}" if kept else ""
    report(Notice("deployments", "up", f"{len(listed)} on work pool {pool}{message}"))
    async with PrefectRest(plan.prefect_api_url, auth=plan.prefect_auth) as rest:
        await register_blocks(
            rest, flows["blocks"], api_url=plan.settings.public_url or plan.settings.api_url or plan.api.url
        )
        if made := await ensure_automations(rest, pool=pool):
            report(Notice("automations", "up", f"{made} made, switched off"))


async def prepare(plan: StackPlan, report: Report) -> None:
    """Put schema, work pool, deployments and blocks into given servers, and start nothing.

    Raises:
        StackError: a server does not answer, or refuses something.
    """
    supervisor = Supervisor(parts.ORDER, report, lambda _name, _part: None)
    listed = read_deployments(plan.prefect_file, pool=plan.settings.work_pool)
    template = _template(plan, listed)
    try:
        async with asyncio.TaskGroup() as group:
            prefect = group.create_task(_prefect(plan, supervisor))
            group.create_task(_database(plan, supervisor, report))
            group.create_task(_deploy(plan, listed, template, prefect, report))
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors
    finally:
        await template.close()


async def boot(plan: StackPlan, supervisor: Supervisor, report: Report) -> None:
    """Bring everything up; returns when all of it answers.

    Raises:
        StackError: a part did not come up. What did is left to the caller, who stops the supervisor.
    """
    listed = read_deployments(plan.prefect_file, pool=plan.settings.work_pool)
    template = _template(plan, listed)
    supervisor.close_last(template.close)

    async def api() -> None:
        await database
        await supervisor.start(parts.api_part(plan))

    async def worker() -> None:
        await database  # the pool it waits for by itself
        await supervisor.start(parts.worker_part(plan, template))

    try:
        async with asyncio.TaskGroup() as group:
            prefect = group.create_task(_prefect(plan, supervisor))
            database = group.create_task(_database(plan, supervisor, report))
            group.create_task(_deploy(plan, listed, template, prefect, report))
            group.create_task(api())
            group.create_task(worker())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors
