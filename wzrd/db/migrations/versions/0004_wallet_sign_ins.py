"""Nonces and rate limits of wallet sign-ins."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0004_wallet_sign_ins.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("drop table wzrd.wallet_nonces, wzrd.rate_limits")
