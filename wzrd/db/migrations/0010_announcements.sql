-- Which attempt's end has been announced to Prefect, so that an outage of its server loses no event.

alter table wzrd.runs add column announced_attempt integer not null default 0;

-- what ended before there were announcements is no news
update wzrd.runs set announced_attempt = attempt where finished_at is not null;

create index runs_unannounced_idx on wzrd.runs (finished_at)
    where finished_at is not null and announced_attempt < attempt and (executor = 'flow' or status <> 'succeeded');
