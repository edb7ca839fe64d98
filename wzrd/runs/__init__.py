"""A run's life, one transaction a step: start, claim and carry, step, finish, cancel, reopen, reap."""
