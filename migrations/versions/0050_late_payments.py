"""What was paid late between accounts of which one was replaced is booked once two persons agree."""

from migrations.plain_sql import run_sql_beside

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    run_sql_beside(__file__)
