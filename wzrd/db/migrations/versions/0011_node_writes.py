"""What a graph's run writes of its nodes, as one call."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0011_node_writes.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        drop function wzrd.write_nodes(uuid, bigint, boolean, uuid, uuid, json);
        drop function wzrd.mirror_nodes(uuid, uuid, jsonb);
    """)
