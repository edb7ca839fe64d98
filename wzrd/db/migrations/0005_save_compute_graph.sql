-- The studio's save of a compute graph, as its client calls it through PostgREST. A database that has such a function
-- (an adopted Supabase) keeps its own: two of one name, and PostgREST could not choose.
-- It runs with its caller's privileges (SECURITY INVOKER), so that policies of an adopted database go on to hold; whose
-- the project is, it asks itself, since the embedded database has no policies. Texts are built by ||: a percent sign
-- would be taken for a parameter by the driver.

do $migration$
begin
    if exists (select 1 from pg_proc where proname = 'save_compute_graph' and pronamespace = 'public'::regnamespace) then
        return;
    end if;

    create function public.save_compute_graph(
        p_project_id uuid,
        p_expected_revision integer,
        p_schema_version text,
        p_graph_metadata jsonb,
        p_view_state jsonb,
        p_nodes jsonb[],
        p_edges jsonb[]
    ) returns jsonb language plpgsql volatile security invoker set search_path = '' as $function$
    declare
        v_user_id uuid;
        v_revision integer;
        v_updated_at timestamptz;
        v_stranger uuid;
        v_null constant jsonb := 'null';
    begin
        -- The caller: as auth.uid() says where there is one, else the subject of the token that PostgREST has verified.
        -- A subject that is no uuid is nobody here.
        begin
            if to_regprocedure('auth.uid()') is not null then
                execute 'select auth.uid()' into v_user_id;
            else
                v_user_id := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
            end if;
        exception when invalid_text_representation then
            v_user_id := null;
        end;
        if v_user_id is null then
            raise exception 'Not authenticated';
        end if;
        if not exists (
            select 1 from public.projects where id = p_project_id and user_id = v_user_id and deleted_at is null
        ) then
            raise exception 'Access denied to project';
        end if;

        -- One statement compares and raises the revision under the row's lock: of two that save at once, the second
        -- waits, finds another revision than it expected, and changes nothing.
        update public.compute_graphs set revision = revision + 1,
            schema_version = coalesce(p_schema_version, schema_version),
            graph_metadata = coalesce(p_graph_metadata, graph_metadata),
            view_state = coalesce(p_view_state, view_state), updated_at = clock_timestamp()
        where project_id = p_project_id and revision = p_expected_revision
        returning revision, updated_at into v_revision, v_updated_at;
        if not found then
            insert into public.compute_graphs (project_id, schema_version, graph_metadata, view_state, revision, updated_at)
            values (p_project_id, coalesce(p_schema_version, '1'), coalesce(p_graph_metadata, '{}'),
                coalesce(p_view_state, '{}'), 1, clock_timestamp())
            on conflict (project_id) do nothing
            returning revision, updated_at into v_revision, v_updated_at;
        end if;
        if v_revision is null then
            raise exception using message = 'revision mismatch: the graph has been saved since revision '
                || coalesce(p_expected_revision::text, 'null') || '; load it again';
        end if;

        -- Edges are made anew. Nodes are kept where they stay, so that what their runs told of them stays as well.
        delete from public.compute_edges where project_id = p_project_id;
        delete from public.compute_nodes where project_id = p_project_id
            and id not in (select (node ->> 'id')::uuid from unnest(p_nodes) as node where node ->> 'id' is not null);

        insert into public.compute_nodes as known (id, project_id, user_id, kind, label, version, position, size, inputs,
            outputs, params, metadata, preview, status, progress, error, is_dirty)
        select coalesce((node ->> 'id')::uuid, gen_random_uuid()), p_project_id, v_user_id,
            coalesce(node ->> 'kind', 'Transform'), coalesce(node ->> 'label', 'Untitled Node'),
            coalesce(node ->> 'version', '1.0.0'),
            coalesce(nullif(node -> 'position', v_null), '{"x": 0, "y": 0}'),
            coalesce(nullif(node -> 'size', v_null), '{"w": 420, "h": 300}'),
            coalesce(nullif(node -> 'inputs', v_null), '[]'), coalesce(nullif(node -> 'outputs', v_null), '[]'),
            coalesce(nullif(node -> 'params', v_null), '{}'), coalesce(nullif(node -> 'metadata', v_null), '{}'),
            nullif(node -> 'preview', v_null), coalesce(node ->> 'status', 'idle'),
            coalesce(round((node ->> 'progress')::numeric)::integer, 0), node ->> 'error',
            coalesce((node ->> 'isDirty')::boolean, (node ->> 'is_dirty')::boolean, false)
        from unnest(p_nodes) as node
        on conflict (id) do update set user_id = excluded.user_id, kind = excluded.kind, label = excluded.label,
            version = excluded.version, position = excluded.position, size = excluded.size, inputs = excluded.inputs,
            outputs = excluded.outputs, params = excluded.params, metadata = excluded.metadata,
            preview = excluded.preview, status = excluded.status, progress = excluded.progress, error = excluded.error,
            is_dirty = excluded.is_dirty, updated_at = clock_timestamp()
        where known.project_id = excluded.project_id;

        -- A node's id that is another project's has changed nothing above: it is refused, like an edge to such a node.
        select (node ->> 'id')::uuid into v_stranger from unnest(p_nodes) as node
        where node ->> 'id' is not null and not exists (
            select 1 from public.compute_nodes where id = (node ->> 'id')::uuid and project_id = p_project_id
        ) limit 1;
        if found then
            raise exception using message = 'node ' || v_stranger || ' belongs to another project';
        end if;

        insert into public.compute_edges (id, project_id, source_node_id, target_node_id, source_port_id, target_port_id,
            source_handle, target_handle, data_type, status, metadata)
        select id, p_project_id, source_node_id, target_node_id, coalesce(source_port_id, source_handle, 'output'),
            coalesce(target_port_id, target_handle, 'input'), coalesce(source_handle, source_port_id, 'output'),
            coalesce(target_handle, target_port_id, 'input'), data_type, status, metadata
        from (
            select coalesce((edge ->> 'id')::uuid, gen_random_uuid()) as id,
                coalesce(edge -> 'source' ->> 'nodeId', edge ->> 'sourceNodeId', edge ->> 'source_node_id')::uuid
                    as source_node_id,
                coalesce(edge -> 'target' ->> 'nodeId', edge ->> 'targetNodeId', edge ->> 'target_node_id')::uuid
                    as target_node_id,
                coalesce(edge -> 'source' ->> 'portId', edge ->> 'sourcePortId', edge ->> 'source_port_id')
                    as source_port_id,
                coalesce(edge -> 'target' ->> 'portId', edge ->> 'targetPortId', edge ->> 'target_port_id')
                    as target_port_id,
                coalesce(edge -> 'source' ->> 'handle', edge ->> 'sourceHandle', edge ->> 'source_handle')
                    as source_handle,
                coalesce(edge -> 'target' ->> 'handle', edge ->> 'targetHandle', edge ->> 'target_handle')
                    as target_handle,
                coalesce(edge ->> 'dataType', edge ->> 'data_type', 'any') as data_type,
                coalesce(edge ->> 'status', 'idle') as status,
                coalesce(nullif(edge -> 'metadata', v_null), '{}') as metadata
            from unnest(p_edges) as edge
        ) as given;

        select edge.id into v_stranger from public.compute_edges edge
        where edge.project_id = p_project_id and 2 <> (
            select count(*) from (values (edge.source_node_id), (edge.target_node_id)) as leads (node_id)
            join public.compute_nodes node on node.id = leads.node_id and node.project_id = p_project_id
        ) limit 1;
        if found then
            raise exception using message = 'edge ' || v_stranger || ' leads to a node of another project';
        end if;
        return jsonb_build_object('success', true, 'revision', v_revision, 'updated_at', v_updated_at);
    end
    $function$;

    comment on function public.save_compute_graph is 'wzrd: saves a project''s compute graph at its expected revision';
end
$migration$;
