"""The spine: the documented studio's tables where missing, and the engine's own schema."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0001_spine.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    raise RuntimeError("the first migration has nothing below it")
