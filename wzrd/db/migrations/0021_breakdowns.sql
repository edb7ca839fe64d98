-- A breakdown that somebody brought for a project, or edited: what the rules read is not kept, since it follows from the text.
create table wzrd.breakdowns (
    project_id uuid primary key references public.projects (id) on delete cascade,
    version integer not null default 1 check (version > 0),
    body jsonb not null,
    updated_at timestamptz not null default now()
);
