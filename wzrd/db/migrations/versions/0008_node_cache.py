"""Outputs of nodes by their recipe, and who makes one now."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0008_node_cache.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        drop table wzrd.node_claims;
        drop index wzrd.node_outputs_recipe_idx; alter table wzrd.node_outputs drop column recipe_hash;
    """)
