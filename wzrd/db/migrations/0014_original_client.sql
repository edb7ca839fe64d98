-- Whose a path is that no folder's name tells: whoever wrote it first. It stays his when its file is deleted.
create table wzrd.path_owners (
    bucket text not null,
    -- sha256 of the path without regard to case: on some file systems two spellings are one file
    key bytea not null,
    path text not null,
    user_id uuid not null,
    -- puts under way, and whether one may have left a file: what has neither is forgotten
    writing integer not null default 0 check (writing >= 0),
    written boolean not null default false,
    -- when the file that is there was put; null: it is deleted, or not there yet
    stored_at timestamptz,
    primary key (bucket, key)
);
create index path_owners_user_idx on wzrd.path_owners (user_id, bucket);

-- What calls with the public anon key may have cost whom, by day (UTC), whatever became of them.
create table wzrd.anonymous_days (
    user_id uuid not null,
    day date not null,
    credits integer not null check (credits > 0),
    primary key (user_id, day)
);
