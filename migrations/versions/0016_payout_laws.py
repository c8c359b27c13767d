"""Laws of payouts that stood in code alone, and what a rejected refund leaves in suspense."""

from migrations.plain_sql import run_sql_beside

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql_beside(__file__)
