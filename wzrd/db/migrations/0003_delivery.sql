-- What is to be paid, and whose turn it is.

-- An item is delivered once its content was appended to the log. The mark stands whatever ends the run afterwards.
alter table wzrd.run_items add column delivered_at timestamptz;

update wzrd.run_items i set delivered_at = i.updated_at
from wzrd.runs r where r.id = i.run_id and (i.status = 'succeeded'
    or (r.finished_at is null and r.kind = 'gen-shots' and i.phase in ('drafting', 'enriching')));

alter table wzrd.run_items add constraint run_items_succeeded_is_delivered
    check (status <> 'succeeded' or delivered_at is not null);

-- A file that was made for money and has not been delivered is not free to whoever finds it.
alter table wzrd.node_outputs add column owed integer not null default 0 check (owed >= 0);

-- A run waits in its row until it is handed over to Prefect, where a user may have only so many at once.
alter table wzrd.runs add column handed_over_at timestamptz;

update wzrd.runs set handed_over_at = updated_at
where executor = 'flow' and (flow_run_id is not null or lease_owner is not null);

alter table wzrd.runs add constraint runs_flow_run_is_handed_over
    check (flow_run_id is null or handed_over_at is not null);
create index runs_user_open_idx on wzrd.runs (user_id) where finished_at is null;
create index runs_waiting_idx on wzrd.runs (user_id, created_at) where finished_at is null and handed_over_at is null;
