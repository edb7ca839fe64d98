"""The transactions of a run: start, claim, execute, step, finish, cancel, reopen, reap."""
