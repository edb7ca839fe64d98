"""Results that are not what was asked for."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    sql = (Path(__file__).parent.parent / "0018_useless_results.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        update wzrd.provider_jobs set status = 'expired' where status = 'useless';
        alter table wzrd.provider_jobs drop constraint provider_jobs_status_check,
            add constraint provider_jobs_status_check check (status in ('intent', 'sending', 'accepted', 'succeeded',
                'failed', 'canceled', 'unknown', 'lost', 'rejected', 'never_sent', 'expired'));
    """)
