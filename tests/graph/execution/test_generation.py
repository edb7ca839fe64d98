"""What the calls of a generator node become together."""

from wzrd.graph.execution.generation import join_results


def test_a_batch_tells_who_stood_in() -> None:
    """Its result names the model that was asked for, and beside it the one that made it, where that is another."""
    one = {"type": "image", "url": "http://h/1.png", "urls": ["http://h/1.png"], "model": "asked-for"}
    assert "endpoint_model" not in join_results("map", [one, one])
    joined = join_results("map", [{**one, "endpoint_model": "stood-in"}, one])
    assert (joined["model"], joined["endpoint_model"]) == ("asked-for", "stood-in")
