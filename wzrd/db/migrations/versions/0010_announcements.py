"""Ends of runs that Prefect has been told of."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0010_announcements.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        drop index wzrd.runs_unannounced_idx; alter table wzrd.runs drop column announced_attempt;
    """)
