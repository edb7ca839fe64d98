"""One file a claim. `python -m benchmarks` runs all of them, `python -m benchmarks append fanout` those named.

Every figure stands beside a peer that ran in the same call on the same machine; see docs/benchmarks.md.
"""
