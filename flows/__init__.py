"""The flows by their Prefect names: what a warm worker has preloaded and what gets deployed."""

from typing import Any

from prefect import Flow

from flows.auto_generate import auto_generate
from flows.director_cut import director_cut
from flows.gen_shots import gen_shots

FLOWS: dict[str, Flow[..., Any]] = {flow.name: flow for flow in (gen_shots, auto_generate, director_cut)}
