-- How many bytes lie in the store and whose first folder they are in, as long as users have a quota of them.
-- A row with `until` is room that an upload has taken and not filled yet.

create table wzrd.stored_bytes (
    bucket text not null,
    path text not null,
    folder text not null,
    bytes bigint not null check (bytes >= 0),
    until timestamptz,
    primary key (bucket, path)
);

create index stored_bytes_folder_idx on wzrd.stored_bytes (folder);
