"""The fakes as a child process: on the socket of the descriptor given, answering otherwise as the JSON given says."""

import sys

from server.fakes.serve import serve_as_child

if __name__ == "__main__":
    import uvloop

    uvloop.run(serve_as_child(int(sys.argv[1]), sys.argv[2]))
