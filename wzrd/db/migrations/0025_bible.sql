-- The bible: one sheet of a person, place or prop in one look (`person/MIKE`, `person/MIKE@12`, `place/KITCHEN@night`).
-- Its file lies in the private bucket `bible`, below its owner's folder, under its content's hash.

create table wzrd.sheets (
    project_id uuid not null references public.projects (id) on delete cascade,
    key text not null check (key ~ '^(person|place|prop)/.'),
    name text not null,
    origin text not null check (origin in ('given', 'made')),
    bucket text not null,
    path text not null,
    sha256 text not null,
    size bigint not null check (size > 0),
    made_at timestamptz not null default clock_timestamp(),
    -- the model and the item that made it; empty and null: somebody gave it
    model text not null default '',
    run_id uuid,
    item_key text,
    primary key (project_id, key)
);
