-- What somebody has edited of a breakdown, a row a scene. What is read is not kept here: the rules read it anew, and a
-- model's answers are found again by text and model (wzrd.node_outputs).
create table wzrd.scene_breakdowns (
    scene_id uuid primary key references public.scenes (id) on delete cascade,
    body jsonb, -- null: as it is read
    stamp text not null -- of all that its shots are written from beside its text
);
insert into wzrd.scene_breakdowns (scene_id, body, stamp)
select distinct on (scene.id) scene.id, part.value, md5(part.value::text)
from wzrd.breakdowns brought
cross join lateral jsonb_array_elements(brought.body -> 'scenes') part
join public.scenes scene on scene.project_id = brought.project_id
    and scene.scene_number = cast(part.value ->> 'number' as integer)
order by scene.id;
update wzrd.breakdowns set body = body - 'scenes';
-- The model that reads the project's scenes; empty: the rules do.
alter table wzrd.breakdowns add column reader text not null default '';

-- What no scene of a screenplay has: the list of its cast.
create table wzrd.screenplays (
    project_id uuid primary key references public.projects (id) on delete cascade,
    cast_list text not null
);
