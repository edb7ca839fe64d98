-- What a Director's Cut run makes its film from (settled when it begins), and how far it is.

create table wzrd.cuts (
    run_id uuid primary key references wzrd.runs (id) on delete cascade,
    cut jsonb not null,
    progress integer not null default 5 check (progress between 0 and 100),
    payload jsonb not null default '{}'
);
