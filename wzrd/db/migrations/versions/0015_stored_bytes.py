"""Stored bytes, counted for the quota of users."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0015_stored_bytes.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("drop table wzrd.stored_bytes;")
