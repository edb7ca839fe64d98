"""Jobs in providers' queues: their webhook token, what they are known by, when they were looked at."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0006_provider_queues.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql(r"""
        update wzrd.run_holds set item_key = regexp_replace(item_key, '\+(\d+)$', '#\1') where item_key ~ '\+\d+$';
        alter table wzrd.runs drop column resubmit_at;
        drop index wzrd.provider_jobs_times_idx; drop index wzrd.provider_jobs_open_idx;
        alter table wzrd.provider_jobs drop column queued, drop column token, drop column fingerprint,
            drop column webhook_at, drop column checked_at;
    """)
