"""Backfill and upkeep: whose child a flow run is, files that nobody has noted, what upkeep has done."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0009_operating.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        drop table wzrd.upkeep;
        drop table wzrd.unnoted_files;
        drop index wzrd.runs_ended_idx;
        alter table wzrd.runs drop column parent_task_run_id;
    """)
