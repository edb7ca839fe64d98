"""The parts that `wzrd up` starts and watches: PostgreSQL, Prefect's server, the API, the worker."""
