-- Results that are not what was asked for: a page where a picture was to come.

alter table wzrd.provider_jobs
    drop constraint provider_jobs_status_check,
    add constraint provider_jobs_status_check check (status in ('intent', 'sending', 'accepted', 'succeeded', 'failed',
        'canceled', 'unknown', 'lost', 'rejected', 'never_sent', 'expired', 'useless'));
