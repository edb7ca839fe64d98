"""A run's row says which queue it waits in, and whether its page in Prefect is still to be written."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0017_places_and_pages.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        alter table wzrd.runs drop column work_queue, drop column page_due_at;
    """)
