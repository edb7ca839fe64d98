-- Jobs that a provider's queue works on after the submit was answered, and may be found again.

alter table wzrd.provider_jobs
    -- whether its provider is a queue: what it accepted goes on without us
    add column queued boolean not null default false,
    -- what was asked for, in the catalog's words
    add column media_type text not null default 'text',
    -- the unguessable name of this submit in the address that the provider calls
    add column token text unique,
    -- hashes of the payload's values, by which it is known again among the provider's own list
    add column fingerprint jsonb not null default '{}',
    add column webhook_at timestamptz,
    add column checked_at timestamptz;
create index provider_jobs_open_idx on wzrd.provider_jobs (checked_at)
    where queued and status in ('sending', 'unknown', 'accepted', 'lost');
create index provider_jobs_times_idx on wzrd.provider_jobs (provider, model, finished_at desc) where status = 'succeeded';

-- When a run's user has asked to send once more what may have been accepted already.
alter table wzrd.runs add column resubmit_at timestamptz;

-- A renewed hold of an item is named item+n: an item's own key may have a number sign.
update wzrd.run_holds set item_key = regexp_replace(item_key, '#(\d+)$', '+\1') where item_key ~ '#\d+$';
