-- Takes: every picture, clip and voice that a shot has had. The chosen one of each is what the shot's public row shows,
-- so that there is one truth; whoever writes that row, a client by PostgREST too, makes and chooses a take.

create table wzrd.takes (
    id uuid primary key default gen_random_uuid(),
    shot_id uuid not null references public.shots (id) on delete cascade,
    made text not null check (made in ('image', 'video', 'audio')),
    number integer not null check (number > 0),
    url text not null check (url <> ''),
    -- the item that made it, and what it was told beside the shot's own words; null: somebody brought it
    run_id uuid,
    item_key text,
    note text not null default '',
    made_at timestamptz not null default clock_timestamp(),
    -- what a person said of a still: a chosen one that is approved may become a paid clip
    verdict text check (verdict in ('approved', 'rejected')),
    judged_by uuid,
    judged_at timestamptz,
    unique (shot_id, made, number),
    constraint takes_verdict_is_whole check (
        (verdict is null) = (judged_by is null) and (verdict is null) = (judged_at is null))
);
-- by hash: an address may be a data: URI of megabytes
create unique index takes_url_key on wzrd.takes (shot_id, made, md5(url));

-- The caller holds the shot's row, under which numbers are given.
create function wzrd.keep_take(of_shot uuid, of_made text, of_url text) returns void language sql set search_path = ''
as $$
    insert into wzrd.takes (shot_id, made, number, url)
    select of_shot, of_made, coalesce(max(number), 0) + 1, of_url
    from wzrd.takes where shot_id = of_shot and made = of_made
    on conflict (shot_id, made, md5(url)) do nothing
$$;

-- A client may write the public row and nothing of ours: the trigger has its owner's rights. It refuses nothing.
create function wzrd.keep_takes() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if new.image_url is distinct from old.image_url then
        update wzrd.takes set verdict = null, judged_by = null, judged_at = null
        where shot_id = new.id and made = 'image' and verdict = 'approved';
        if new.image_url <> '' then perform wzrd.keep_take(new.id, 'image', new.image_url); end if;
    end if;
    if new.video_url is distinct from old.video_url and new.video_url <> '' then
        perform wzrd.keep_take(new.id, 'video', new.video_url);
    end if;
    if new.audio_url is distinct from old.audio_url and new.audio_url <> '' then
        perform wzrd.keep_take(new.id, 'audio', new.audio_url);
    end if;
    return null;
end
$$;
create trigger wzrd_keep_takes after insert or update of image_url, video_url, audio_url on public.shots
    for each row execute function wzrd.keep_takes();

insert into wzrd.takes (shot_id, made, number, url)
select shot.id, had.made, 1, had.url
from public.shots shot,
    lateral (values ('image', shot.image_url), ('video', shot.video_url), ('audio', shot.audio_url)) as had (made, url)
where had.url <> '';

-- The clips of this project are made of approved stills alone.
alter table public.project_settings add column if not exists require_approval boolean not null default false;
-- A batch leaves this shot as it is.
alter table public.shots add column if not exists locked boolean not null default false;
