-- The whole first schema. Public tables have the documented studio's shapes and are created only where
-- missing, so that an existing Supabase database can be adopted; schema wzrd is the engine's own.

create table if not exists public.profiles (
    id uuid primary key,
    email text,
    wallet_address text,
    display_name text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    title text not null default 'Untitled Project',
    description text, concept_text text, concept_option text, format text, custom_format_description text,
    genre text, tone text, add_voiceover boolean default false,
    voiceover_id text, voiceover_name text, voiceover_preview_url text,
    product_name text, target_audience text, main_message text, call_to_action text, special_requests text,
    aspect_ratio text default '16:9', video_style text, cinematic_inspiration text,
    status text default 'draft', is_private boolean default true,
    selected_storyline_id uuid, style_reference_asset_id uuid,
    ad_brief_data jsonb, music_video_data jsonb, infotainment_data jsonb, short_film_data jsonb,
    custom_meta_prompts jsonb, deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists projects_user_idx on public.projects (user_id);

create table if not exists public.scenes (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    storyline_id uuid,
    scene_number integer not null,
    title text, description text, location text, lighting text, weather text, voiceover text,
    location_details jsonb not null default '{}', location_prompt_context text, enabled_sections jsonb,
    story_goal text, evaluation_summary jsonb not null default '{}',
    review_status text not null default 'not_reviewed',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists scenes_project_idx on public.scenes (project_id, scene_number);

create table if not exists public.project_assets (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    name text, url text, thumbnail_url text, type text, size bigint,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now()
);

create table if not exists public.shots (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    scene_id uuid not null references public.scenes (id) on delete cascade,
    shot_number integer not null,
    shot_type text, prompt_idea text, visual_prompt text, dialogue text, sound_effects text,
    image_url text, image_status text not null default 'pending', image_progress integer not null default 0,
    image_asset_id uuid,
    video_url text, video_status text not null default 'pending', video_asset_id uuid,
    audio_url text, audio_status text not null default 'pending',
    luma_generation_id text, failure_reason text,
    shot_packet jsonb not null default '{}', evaluation_summary jsonb not null default '{}',
    review_status text not null default 'not_reviewed',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index if not exists shots_scene_number_key on public.shots (scene_id, shot_number);
create index if not exists shots_project_idx on public.shots (project_id);

create table if not exists public.project_settings (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null unique references public.projects (id) on delete cascade,
    base_text_model text default 'gpt-4o', base_image_model text default 'flux-2-turbo',
    base_video_model text default 'minimax-video-01', base_audio_model text,
    storyline_text_model text, storyline_text_settings jsonb,
    evaluation_mode text not null default 'shadow', evaluation_thresholds jsonb, canon_facts jsonb,
    creative_constraints jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.compute_graphs (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null unique references public.projects (id) on delete cascade,
    schema_version text not null default '1',
    graph_metadata jsonb not null default '{}', view_state jsonb not null default '{}',
    revision integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.compute_nodes (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null,
    kind text not null,
    label text not null default 'Untitled Node', version text not null default '1.0.0',
    position jsonb not null default '{"x":0,"y":0}', size jsonb not null default '{"w":420,"h":300}',
    inputs jsonb not null default '[]', outputs jsonb not null default '[]',
    params jsonb not null default '{}', metadata jsonb not null default '{}', preview jsonb,
    status text not null default 'idle', progress integer not null default 0, error text,
    is_dirty boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists compute_nodes_project_idx on public.compute_nodes (project_id);

create table if not exists public.compute_edges (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    source_node_id uuid not null references public.compute_nodes (id) on delete cascade,
    target_node_id uuid not null references public.compute_nodes (id) on delete cascade,
    source_port_id text not null, target_port_id text not null,
    data_type text not null default 'any', status text not null default 'idle',
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (source_node_id, source_port_id, target_node_id, target_port_id)
);
alter table public.compute_edges add column if not exists source_handle text default 'output';
alter table public.compute_edges add column if not exists target_handle text default 'input';

create table if not exists public.compute_runs (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null,
    status text not null default 'pending',
    execution_order jsonb not null default '[]',
    started_at timestamptz, finished_at timestamptz,
    outputs jsonb not null default '{}', logs jsonb not null default '[]', error text,
    created_at timestamptz not null default now()
);
alter table public.compute_runs add column if not exists canceled_at timestamptz;

create table if not exists public.compute_run_events (
    id uuid primary key default gen_random_uuid(),
    run_id uuid not null references public.compute_runs (id) on delete cascade,
    node_id uuid references public.compute_nodes (id) on delete cascade,
    status text not null, progress integer not null default 0, message text,
    artifacts jsonb not null default '[]',
    created_at timestamptz not null default now()
);

create table if not exists public.timeline_assets (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null,
    scene_id uuid, shot_id uuid,
    asset_type text not null default 'video', source_url text,
    duration_ms integer default 5000, position_order integer not null default 0,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists timeline_assets_project_idx on public.timeline_assets (project_id, position_order);

create table if not exists public.export_jobs (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null,
    status text not null default 'pending', progress integer not null default 0,
    output_url text, error_message text, settings jsonb not null default '{}',
    started_at timestamptz, completed_at timestamptz,
    provider text not null default 'internal_ffmpeg', provider_job_id text, provider_status text,
    fallback_used boolean not null default false, provider_payload jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.final_project_assets (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null,
    asset_type text not null default 'video', file_url text, storage_path text,
    storage_bucket text not null default 'final-exports', file_size bigint, duration_ms integer,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.editframe_webhook_events (
    id uuid primary key default gen_random_uuid(),
    event_id text unique, render_id text, project_id uuid, job_id uuid, user_id uuid, topic text,
    status text not null default 'received', signature text, payload jsonb, error_message text,
    processed_at timestamptz,
    created_at timestamptz not null default now()
);

create table if not exists public.generation_jobs (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    job_type text not null, status text not null default 'queued', config jsonb not null default '{}',
    result_url text, result_payload jsonb, error_message text, progress integer default 0,
    priority integer default 0, model_id text, project_id uuid, external_request_id text, studio text,
    input_assets text[], worker_id text, started_at timestamptz, completed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.prompt_versions (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    stage text not null, author_type text not null, text text not null,
    source_entity_type text, source_entity_id uuid, parent_prompt_id uuid,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now()
);

create table if not exists public.asset_lineage (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    prompt_version_id uuid, generation_job_id uuid, source_asset_id uuid, output_asset_id uuid,
    scene_id uuid, shot_id uuid, character_id uuid,
    relation_type text not null, metadata jsonb not null default '{}',
    created_at timestamptz not null default now()
);

create table if not exists public.media_items (
    id uuid primary key default gen_random_uuid(),
    project_id uuid, user_id uuid, name text, media_type text, url text,
    storage_bucket text, storage_path text, duration numeric, status text default 'ready',
    source_type text, metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.audio_tracks (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null,
    name text, storage_bucket text, storage_path text, duration_ms integer,
    start_time_ms integer not null default 0, end_time_ms integer,
    volume numeric(3, 2) not null default 1.0, is_muted boolean not null default false,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.wallet_users (
    id uuid primary key default gen_random_uuid(),
    wallet_address text not null unique,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.user_credits (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null unique,
    total_credits integer not null default 0,
    used_credits integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.credit_holds (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    amount integer not null,
    resource_type text, reference_type text, reference_id text, idempotency_key text,
    status text not null default 'held' check (status in ('held', 'committed', 'released')),
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index if not exists credit_holds_user_key_idx on public.credit_holds (user_id, idempotency_key);

create table if not exists public.credit_transactions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    amount integer not null,
    transaction_type text not null,
    resource_type text,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now()
);
create index if not exists credit_transactions_user_idx on public.credit_transactions (user_id, created_at desc);

-- The engine's own.

create table wzrd.users (
    id uuid primary key,
    email text unique,
    user_metadata jsonb not null default '{}',
    created_at timestamptz not null default now()
);

create table wzrd.refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null,
    user_id uuid not null references wzrd.users (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
create index refresh_tokens_session_idx on wzrd.refresh_tokens (session_id);

create table wzrd.used_signatures (
    signature_hash bytea primary key,
    used_at timestamptz not null default now()
);

create table wzrd.stream_tickets (
    ticket_hash bytea primary key,
    user_id uuid not null,
    run_id uuid not null,
    expires_at timestamptz not null
);

create table wzrd.scene_scripts (
    scene_id uuid primary key references public.scenes (id) on delete cascade,
    elements jsonb not null default '[]'
);

create table wzrd.runs (
    id uuid primary key,
    kind text not null,
    executor text not null default 'flow' check (executor in ('flow', 'inline')),
    user_id uuid not null,
    project_id uuid,
    request_id text not null,
    params jsonb not null default '{}',
    params_hash text not null,
    status text not null default 'queued'
        check (status in ('queued', 'running', 'paused', 'succeeded', 'partial', 'failed', 'canceled')),
    attempt integer not null default 1 check (attempt >= 1),
    resumes integer not null default 0 check (resumes >= 0),
    last_seq bigint not null default 0,
    first_seq bigint not null default 1,
    flow_run_id uuid,
    flow_runs integer not null default 0,
    lease_owner text,
    lease_epoch integer not null default 0,
    lease_until timestamptz,
    cancel_requested_at timestamptz,
    error text,
    error_code text,
    result jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    unique (user_id, kind, request_id),
    constraint runs_terminal_is_finished check (
        (status in ('succeeded', 'partial', 'failed', 'canceled')) = (finished_at is not null)),
    constraint runs_only_running_is_leased check (lease_owner is null or status = 'running'),
    constraint runs_lease_is_whole check ((lease_owner is null) = (lease_until is null))
);
create index runs_user_idx on wzrd.runs (user_id, created_at desc);
create index runs_flow_run_idx on wzrd.runs (flow_run_id) where flow_run_id is not null;
create index runs_open_idx on wzrd.runs (status, lease_until) where status in ('queued', 'running', 'paused');

create table wzrd.run_events (
    run_id uuid not null references wzrd.runs (id) on delete cascade,
    seq bigint not null,
    attempt integer not null,
    event text not null,
    data json not null,  -- json, not jsonb: the wire keeps the order in which the documentation writes the keys
    at timestamptz not null default clock_timestamp(),
    primary key (run_id, seq)
);

create table wzrd.run_items (
    run_id uuid not null references wzrd.runs (id) on delete cascade,
    key text not null,
    position integer not null default 0,
    entity_type text,
    entity_id uuid,
    status text not null default 'pending'
        check (status in ('pending', 'running', 'succeeded', 'failed', 'skipped', 'canceled')),
    phase text,
    attempts integer not null default 0,
    error text,
    output jsonb,
    price integer not null default 0,
    updated_at timestamptz not null default now(),
    primary key (run_id, key)
);

create table wzrd.run_holds (
    key text primary key,
    run_id uuid not null references wzrd.runs (id) on delete cascade,
    item_key text not null default '',
    attempt integer not null,
    purpose text not null,
    hold_id uuid not null,
    user_id uuid not null,
    amount integer not null check (amount >= 0),
    committed integer check (committed between 0 and amount),
    status text not null default 'held' check (status in ('held', 'committed', 'released')),
    constraint run_holds_committed_has_amount check ((status = 'committed') = (committed is not null))
);
create index run_holds_run_idx on wzrd.run_holds (run_id);

create table wzrd.provider_jobs (
    id uuid primary key,
    intent_key text not null unique,
    run_id uuid not null references wzrd.runs (id) on delete cascade,
    item_key text not null,
    provider text not null,
    model text not null,
    submission_no integer not null default 0,
    status text not null default 'intent' check (status in ('intent', 'sending', 'accepted', 'succeeded', 'failed',
        'canceled', 'unknown', 'lost', 'rejected', 'never_sent')),
    request_id text,
    urls jsonb not null default '{}',
    output jsonb,
    cost_usd numeric(12, 6),
    error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    accepted_at timestamptz,
    finished_at timestamptz,
    deadline timestamptz
);
create index provider_jobs_run_idx on wzrd.provider_jobs (run_id, item_key);
create unique index provider_jobs_request_key on wzrd.provider_jobs (provider, request_id) where request_id is not null;

create table wzrd.node_outputs (
    cache_key text primary key,
    user_id uuid not null,
    output jsonb not null,
    credits integer not null default 0,
    hits integer not null default 0,
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now()
);
