"""Our gen-shots flow under a stock `flow.serve()` with its default settings: a process a flow run."""

import sys

from flows.gen_shots import gen_shots

if __name__ == "__main__":
    gen_shots.serve(name=sys.argv[1])
