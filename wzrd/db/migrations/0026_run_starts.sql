-- A run begins with one statement: what refuses it raises within that, and nothing is left behind.
-- These are volatile: each query in them sees what others committed before the statement's lock was taken.

-- Hands a new run over unless its user has `per_user` at Prefect or others waiting: a run that waits is not overtaken.
-- A run that Prefect itself began is there already. With more than `most` open it is refused (WZ429).
-- The caller has locked the user's queue.
create function wzrd.take_queue_slot(of_run uuid, of_user uuid, per_user int, most int, out dispatched boolean)
language plpgsql volatile as $function$
declare
    open_runs bigint;
    there bigint;
    before bigint;
begin
    select count(*), count(*) filter (where handed_over_at is not null),
        count(*) filter (where handed_over_at is null and id <> of_run),
        coalesce(bool_or(id = of_run and handed_over_at is not null), false)
    into open_runs, there, before, dispatched
    from wzrd.runs where user_id = of_user and finished_at is null and executor = 'flow';
    if open_runs > most then
        raise exception 'too many open runs' using errcode = 'WZ429';
    end if;
    if not dispatched and there < per_user and before = 0 then
        update wzrd.runs set handed_over_at = clock_timestamp() where id = of_run and handed_over_at is null;
        dispatched := found;
    end if;
end
$function$;

-- The hold that pays for `due` credits. Where there is none, this is refused: a hold stands under its key already, of a
-- run that is gone (WZ409); or the account has too few (WZ402), and the detail says how many.
create function wzrd.paying_hold(hold uuid, of_user uuid, due bigint, of_key text) returns uuid
language plpgsql volatile as $function$
begin
    if due = 0 or hold is not null then
        return hold;
    end if;
    if exists (select 1 from public.credit_holds where user_id = of_user and idempotency_key = of_key) then
        raise exception 'the key of the hold is taken' using errcode = 'WZ409';
    end if;
    raise exception 'insufficient credits' using errcode = 'WZ402', detail = greatest(0, coalesce(
        (select total_credits - used_credits from public.user_credits where user_id = of_user), 0));
end
$function$;
