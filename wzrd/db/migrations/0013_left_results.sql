-- Results that were made and not delivered when their run ended, and results that nobody can fetch any more.

alter table wzrd.provider_jobs
    drop constraint provider_jobs_status_check,
    add constraint provider_jobs_status_check check (status in ('intent', 'sending', 'accepted', 'succeeded', 'failed',
        'canceled', 'unknown', 'lost', 'rejected', 'never_sent', 'expired')),
    -- when its run ended without having delivered what it had made; empty again once somebody has seen to it
    add column left_at timestamptz;
create index provider_jobs_left_idx on wzrd.provider_jobs (checked_at) where left_at is not null;
