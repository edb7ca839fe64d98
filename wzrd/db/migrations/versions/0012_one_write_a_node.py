"""Nodes that begin, that end, and what was answered for them, as one call."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0012_one_write_a_node.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        drop function wzrd.write_nodes(uuid, bigint, uuid, uuid, json, json, text[]);
    """)
