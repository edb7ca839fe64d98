"""The SQL function `save_compute_graph`, where there is none of that name."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0005_save_compute_graph.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    """Only ours goes: it bears our name in its comment."""
    op.get_bind().exec_driver_sql("""
        do $$ begin
            if starts_with(obj_description(to_regproc('public.save_compute_graph'), 'pg_proc'), 'wzrd:') then
                drop function public.save_compute_graph;
            end if;
        end $$
    """)
