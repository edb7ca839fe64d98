"""Becomes another program, which dies with its parent: `python child.py SIGNAL PARENT UID GID PROGRAM ARGUMENT…`.

A program of its own, so that nothing of ours runs between fork and exec. In a process with threads such code hangs for
ever now and then: CPython first takes the other threads' objects apart, and a library's wait for threads that the child
does not have.
"""

import ctypes
import os
import sys

UNCHANGED = "-"
_PR_SET_PDEATHSIG = 1


def die_with_parent(death_signal: int, parent: int) -> None:
    """Ask the kernel for the signal when the parent dies, where it knows how.

    Raises:
        SystemExit: the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            raise SystemExit(1)


def become(death_signal: str, parent: str, uid: str, gid: str, program: str, *arguments: str) -> None:
    """Change to the user, ask the kernel for the signal when the parent dies, and be the program.

    Raises:
        SystemExit: the parent is gone already, or the program cannot be started.
    """
    if uid != UNCHANGED:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    die_with_parent(int(death_signal), int(parent))  # after the user: the kernel forgets the signal when that changes
    try:
        os.execvp(program, [program, *arguments])  # noqa: S606 - no shell; the command is our own
    except OSError as error:
        raise SystemExit(f"{program} cannot be started: {error.strerror}") from error


if __name__ == "__main__":
    become(*sys.argv[1:])
