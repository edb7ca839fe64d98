-- The task run in Prefect whose child a run's next flow run is: a backfill's step.
alter table wzrd.runs add column parent_task_run_id uuid;

-- What ended when, for those that look for failures.
create index runs_ended_idx on wzrd.runs (finished_at) where finished_at is not null;

-- Files that are put into the store and not noted anywhere yet: what a process that was killed in between leaves.
create table wzrd.unnoted_files (
    bucket text not null,
    path text not null,
    user_id uuid not null,
    stored_at timestamptz not null default clock_timestamp(),
    -- from here on it may not be noted any more: it is being removed
    cleared_at timestamptz,
    primary key (bucket, path)
);
create index unnoted_files_time_idx on wzrd.unnoted_files (stored_at);

-- What upkeep has done in all, by task, and when it looked last.
create table wzrd.upkeep (
    task text primary key,
    done bigint not null default 0 check (done >= 0),
    looked_at timestamptz not null default clock_timestamp()
);
