-- Outputs of a graph's nodes, found by what they are made of before their inputs are known; and who makes one now.

alter table wzrd.node_outputs
    -- the cache key without the inputs: one query finds what a whole graph may use again
    add column recipe_hash text;
create index node_outputs_recipe_idx on wzrd.node_outputs (user_id, recipe_hash, used_at desc)
    where recipe_hash is not null;

-- The item that makes what stands under a key. It counts for as long as that item is running, whoever runs it.
create table wzrd.node_claims (
    cache_key text primary key,
    run_id uuid not null references wzrd.runs (id) on delete cascade,
    item_key text not null,
    claimed_at timestamptz not null default clock_timestamp()
);
create index node_claims_run_idx on wzrd.node_claims (run_id);
