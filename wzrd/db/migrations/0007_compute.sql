-- What a compute run executes: the nodes and edges that it began with. A graph that is edited meanwhile changes nothing.

create table wzrd.run_graphs (
    run_id uuid primary key references wzrd.runs (id) on delete cascade,
    graph jsonb not null
);
