"""How many outputs a paid submit asks for."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0016_ordered_outputs.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("alter table wzrd.provider_jobs drop column outputs")
