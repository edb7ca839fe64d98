-- How many outputs a paid submit asks for, which is what is priced. Null: a text, or a submit of an earlier version.
alter table wzrd.provider_jobs add column outputs int check (outputs > 0);
