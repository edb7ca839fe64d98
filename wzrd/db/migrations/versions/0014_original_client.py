"""What the original front end needs: paths that belong to who wrote them first, calls with the anon key."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0014_original_client.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("drop table wzrd.anonymous_days; drop table wzrd.path_owners")
