"""What was paid late may be what came back of another payout in the failed one's place."""

from migrations.plain_sql import run_sql_beside

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    run_sql_beside(__file__)
