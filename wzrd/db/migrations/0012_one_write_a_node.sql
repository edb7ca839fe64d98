-- Nodes that begin, nodes that end, and what models have answered for them: one call, so one sync of the disk.
-- wzrd.write_nodes of six arguments stays for workers of the version before, until a later migration drops it.

-- Moves nodes of a run, and writes of those that moved what goes with it. `outcome`: moved, lost (the lease is no more
-- the run's: nothing is written) or canceled (its owner has asked for that: nothing begins, what ends does).
-- What models have answered moves no money; where its row stands (one of `answerable`) guards it.
-- `unmirrored` says why the studio's own tables do not show it: they may refuse without undoing what was paid for.
create function wzrd.write_nodes(of_run uuid, of_epoch bigint, of_user uuid, of_project uuid, of_nodes json,
    of_answers json, answerable text[], out outcome text, out moved text[], out unmirrored text)
language plpgsql volatile as $function$
declare
    canceling boolean;
begin
    -- the fence: as every write of a run, this takes the row's lock and proves that the lease is still the run's
    update wzrd.runs set updated_at = clock_timestamp()
    where id = of_run and lease_epoch = of_epoch and status = 'running'
    returning cancel_requested_at is not null into canceling;
    outcome := case when not found then 'lost' when canceling then 'canceled' else 'moved' end;
    if outcome = 'lost' then
        return;
    end if;

    update wzrd.provider_jobs job set status = 'succeeded', output = answer.output, error = null,
        cost_usd = coalesce(answer.cost_usd, job.cost_usd),
        accepted_at = coalesce(accepted_at, clock_timestamp()), finished_at = clock_timestamp()
    from json_to_recordset(of_answers) as answer(id uuid, output jsonb, cost_usd numeric)
    where job.id = answer.id and job.status = any(answerable);

    -- the guard: only what is still open moves, what is to begin only from the start, and only for that is the rest
    with told as (
        select * from json_to_recordset(of_nodes)
            as told(key text, status text, error text, output jsonb, price int)
    ), done as (
        update wzrd.run_items item set status = told.status, phase = null, error = told.error,
            output = coalesce(told.output, item.output), price = coalesce(told.price, item.price),
            delivered_at = coalesce(item.delivered_at,
                case when told.status = 'succeeded' then clock_timestamp() end),
            attempts = item.attempts + case when item.status = 'pending' and told.status <> 'skipped' then 1 else 0 end,
            updated_at = clock_timestamp()
        from told
        where item.run_id = of_run and item.key = told.key and not (canceling and told.status = 'running')
            and item.status in ('pending', case when told.status <> 'running' then 'running' end)
        returning item.key
    )
    select array_agg(key) into moved from done;
    if moved is null then
        return;
    end if;

    delete from wzrd.node_claims claim using json_to_recordset(of_nodes) as told(key text, status text)
    where claim.run_id = of_run and claim.item_key = told.key and told.status <> 'running' and told.key = any(moved);

    -- in the order of the keys: two such never deadlock; a count that somebody else has locked is not waited for
    insert into wzrd.node_outputs (cache_key, user_id, recipe_hash, output, credits)
    select distinct on (told.cache_key) told.cache_key, of_user, told.recipe_hash, told.output -> 'result',
        coalesce(told.price, 0)
    from json_to_recordset(of_nodes)
        as told(key text, output jsonb, price int, cache_key text, recipe_hash text, cached boolean)
    where told.key = any(moved) and told.cache_key is not null and not told.cached
    order by told.cache_key
    on conflict (cache_key) do update set output = excluded.output, recipe_hash = excluded.recipe_hash,
        credits = excluded.credits, used_at = clock_timestamp();
    update wzrd.node_outputs set hits = hits + 1, used_at = clock_timestamp() where cache_key in (
        select made.cache_key
        from json_to_recordset(of_nodes) as told(key text, cache_key text, cached boolean)
            join wzrd.node_outputs made using (cache_key)
        where told.key = any(moved) and told.cached order by made.cache_key for update of made skip locked);

    with told as (
        select e.value as data, row_number() over (order by one.ord, e.ord) as place
        from json_array_elements(of_nodes) with ordinality as one(value, ord),
            json_array_elements(one.value -> 'events') with ordinality as e(value, ord)
        where one.value ->> 'key' = any(moved)
    ), run as (
        update wzrd.runs set last_seq = last_seq + (select count(*) from told) where id = of_run
        returning attempt, last_seq - (select count(*) from told) as base
    )
    insert into wzrd.run_events (run_id, seq, attempt, event, data)
    select of_run, run.base + told.place, run.attempt, 'node_status', told.data from run, told;

    if of_project is not null then
        begin
            perform wzrd.mirror_nodes(of_run, of_project, news) from (
                select jsonb_agg(jsonb_build_object('at', one.ord, 'id', one.value ->> 'row_id',
                    'status', one.value ->> 'status', 'output', one.value -> 'output' -> 'result',
                    'error', one.value ->> 'error', 'message', one.value ->> 'message')) as news
                from json_array_elements(of_nodes) with ordinality as one(value, ord)
                where one.value ->> 'key' = any(moved) and one.value ->> 'row_id' is not null
            ) of_rows where news is not null;
        exception when others then
            -- connections, rollbacks, resources, operators, the system: worth another try, and no verdict
            if left(sqlstate, 2) in ('08', '40', '53', '55', '57', '58') then
                raise;
            end if;
            unmirrored := sqlstate || ' ' || sqlerrm;
        end;
    end if;
end
$function$;
