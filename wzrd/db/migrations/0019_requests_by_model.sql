-- A provider's request ids are its own affair: one may stand at two of its models.
drop index wzrd.provider_jobs_request_key;
create unique index provider_jobs_request_key on wzrd.provider_jobs (provider, model, request_id)
    where request_id is not null;
