"""A child's link to its step: asked for until it stands, the same one for the same child."""

import uuid
from collections.abc import Generator

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.logging import disable_run_logger

from tasks.child_runs import remove_stand_in, stand_in_for
from tests.fakes.prefect import FakePrefect


@pytest.fixture(autouse=True)
def _in_a_flow_run() -> Generator[None]:
    context = FlowRunContext.model_construct(flow_run=FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4()))
    with disable_run_logger(), context:
        yield


async def test_it_is_asked_for_until_it_stands(prefect: FakePrefect) -> None:
    """A server that fails, answers by a proxy's page, and then does: the child has its link, and one only."""
    prefect.failures = [None, 500, None, "page"]  # it asks for a token first
    child = uuid.uuid4()
    first = await stand_in_for(child, "The Light · images")
    assert first is not None
    assert [made["id"] for made in prefect.task_runs.values()] == [str(first)]
    assert await stand_in_for(child, "The Light · images") == first


async def test_what_prefect_refuses_for_good_stops_nobody(prefect: FakePrefect) -> None:
    """Its flow run is gone: there is no link, and the child goes on."""
    prefect.failures = [None, 404]  # it asks for a token first
    assert await stand_in_for(uuid.uuid4(), "The Light · images") is None
    assert not prefect.failures


async def test_a_link_of_a_refused_child_is_taken_off(prefect: FakePrefect) -> None:
    """No step stays on the page that stands for nothing; a Prefect that is away then stops nobody."""
    stand_in = await stand_in_for(uuid.uuid4(), "The Light · images")
    assert stand_in is not None
    prefect.failures = [None, 500]
    await remove_stand_in(stand_in)
    assert len(prefect.task_runs) == 1
    await remove_stand_in(stand_in)
    assert not prefect.task_runs
