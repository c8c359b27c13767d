"""What is computed here of an order is booked once, whether the order comes first or another system's fee lines."""

from migrations.plain_sql import run_sql_beside

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    run_sql_beside(__file__)
