"""A node starts the moment its inputs are there; what fails skips what needs it, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import acyclic, shape
from wzrd.graph.model import Graph
from wzrd.graph.ready_set import ReadySet
from wzrd.graph.topological_order import CycleFound


def test_no_level_waits_for_another() -> None:
    """A long chain goes on beside a slow node of its first level."""
    ready = ReadySet(shape("slow>end a>b>c>end"))
    assert ready.take(9) == ["a", "slow"]
    for done, then in (("a", ["b"]), ("b", ["c"]), ("c", [])):
        ready.succeed(done)
        assert ready.take(9) == then
    ready.succeed("slow")
    assert (ready.take(9), ready.is_over) == (["end"], False)
    ready.succeed("end")
    assert ready.is_over


def test_no_more_run_than_the_limit() -> None:
    """And what the longest chain waits for starts first."""
    ready = ReadySet(shape("x y z a>b>c p>q"))
    assert ready.take(2) == ["a", "p"]
    assert ready.take(2) == []
    ready.succeed("p")
    assert ready.take(2) == ["x"]
    assert ready.running == {"a", "x"}
    ready.succeed("a")
    assert ready.take(3) == ["b", "y"]


def test_a_failure_skips_what_needs_it() -> None:
    """Once each, however many ways lead there; independent branches go on."""
    ready = ReadySet(shape("a>b>d a>c>d>e f>g f>d"))
    assert ready.take(9) == ["a", "f"]
    assert sorted(ready.fail("a")) == ["b", "c", "d", "e"]
    ready.succeed("f")
    assert ready.take(9) == ["g"]
    assert ready.fail("g") == []
    assert ready.is_over


def test_what_is_done_is_not_done_again() -> None:
    """Cached or finished before: its dependents are ready at once, in whichever order it was told."""
    ready = ReadySet(shape("a>b>c d"), done=["b", "a", "nobody"])
    assert ready.take(9) == ["c", "d"]
    assert ReadySet(shape("a>b"), done=["a", "b"]).is_over
    assert ReadySet(shape("a>b"), done=["b"]).take(9) == ["a"]


def test_a_node_done_before_what_it_needs_stays_done() -> None:
    """It is not skipped for a failure of what it no longer needs."""
    ready = ReadySet(shape("a>b>c"), done=["b"])
    assert ready.take(9) == ["a", "c"]
    assert ready.fail("a") == []
    ready.succeed("c")
    assert ready.is_over


def test_only_what_runs_can_end() -> None:
    """A mistake of the caller is told."""
    ready = ReadySet(shape("a>b"))
    with pytest.raises(ValueError, match="node 'a' is not running"):
        ready.succeed("a")
    ready.take(1)
    ready.succeed("a")
    with pytest.raises(ValueError, match="node 'a' is not running"):
        ready.fail("a")
    with pytest.raises(CycleFound):
        ReadySet(shape("a>b>a"))


@given(acyclic(), st.data())
def test_every_run_ends_with_every_node(graph: Graph, data: st.DataObject) -> None:
    """Whatever fails and in which order: each node ends once, none before what it needs, never more than the limit."""
    done = data.draw(st.sets(st.sampled_from(list(graph.nodes))))
    limit = data.draw(st.integers(1, 4))
    ready, ended, good = ReadySet(graph, done), set(done), set(done)
    needs = {one: {edge.source for edge in graph.edges if edge.target == one} for one in graph.nodes}
    running: list[str] = []
    while not ready.is_over:
        for taken in ready.take(limit):
            assert taken not in ended
            assert needs[taken] <= good
            running.append(taken)
        assert 0 < len(running) <= limit
        node_id = running.pop(data.draw(st.integers(0, len(running) - 1)))
        ended.add(node_id)
        if data.draw(st.booleans()):
            good.add(node_id)
            ready.succeed(node_id)
        else:
            skipped = ready.fail(node_id)
            assert not ended & set(skipped)
            ended.update(skipped)
    assert ended == set(graph.nodes)
    assert ready.take(limit) == []
