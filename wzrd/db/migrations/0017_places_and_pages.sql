-- Where a run waits in Prefect is told by its own row, and not by what somebody else managed to link in time.
alter table wzrd.runs add column work_queue text not null default 'interactive'
    check (work_queue in ('interactive', 'batch'));

-- When the page of an ended run is looked after the next time; null where it stands, or nobody owes one.
alter table wzrd.runs add column page_due_at timestamptz;
create index runs_page_due on wzrd.runs (page_due_at) where page_due_at is not null;
