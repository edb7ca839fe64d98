"""Compute graphs: their rules are pure and stand in this folder; `execution/` does a node's work."""
