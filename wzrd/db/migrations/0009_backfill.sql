-- The task run in Prefect whose child a run's next flow run is: a backfill's step.
alter table wzrd.runs add column parent_task_run_id uuid;

-- What ended when, for those that look for failures.
create index runs_ended_idx on wzrd.runs (finished_at) where finished_at is not null;
