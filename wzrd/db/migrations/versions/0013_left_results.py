"""Results that a run's end has left undelivered, and results that have expired."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0013_left_results.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        update wzrd.provider_jobs set status = 'lost' where status = 'expired';
        drop index wzrd.provider_jobs_left_idx;
        alter table wzrd.provider_jobs drop column left_at, drop constraint provider_jobs_status_check,
            add constraint provider_jobs_status_check check (status in ('intent', 'sending', 'accepted', 'succeeded',
                'failed', 'canceled', 'unknown', 'lost', 'rejected', 'never_sent'));
    """)
