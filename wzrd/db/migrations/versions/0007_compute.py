"""The graph that a compute run executes."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0007_compute.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("drop table wzrd.run_graphs")
