-- The format that a project's films are delivered in: {"resolution": "1080p", "fps": 25, "loudness": -23}, any of them.
alter table public.project_settings add column if not exists delivery jsonb;
