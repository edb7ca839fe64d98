-- What wallet sign-ins need: nonces that this server has issued, and counters of events per network.

create table wzrd.wallet_nonces (
    nonce text primary key,
    expires_at timestamptz not null
);
create index wallet_nonces_expiry_idx on wzrd.wallet_nonces (expires_at);

-- One row a bucket; `recent` holds the times of the counted events, so that any window of a minute can be judged.
create table wzrd.rate_limits (
    bucket text primary key,
    recent timestamptz[] not null,
    last_at timestamptz not null
);
create index rate_limits_last_idx on wzrd.rate_limits (last_at);
