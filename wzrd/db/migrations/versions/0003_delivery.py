"""The mark of delivery on items, and when a run was handed over to Prefect."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0003_delivery.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        alter table wzrd.node_outputs drop column owed;
        alter table wzrd.run_items drop column delivered_at;
        drop index wzrd.runs_waiting_idx; drop index wzrd.runs_user_open_idx;
        alter table wzrd.runs drop column handed_over_at;
    """)
