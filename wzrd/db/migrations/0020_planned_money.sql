-- What a submit may cost at most in its vendor's money, by the price card of its model; null: nobody knows. It counts in
-- its run's `maxUsd` from before the bytes leave, until it is known not to be paid, or `cost_usd` says what was billed.
alter table wzrd.provider_jobs add column planned_usd numeric(14, 6) check (planned_usd >= 0);
create index provider_jobs_created_idx on wzrd.provider_jobs using brin (created_at);
