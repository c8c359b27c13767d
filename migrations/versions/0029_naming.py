"""What names an order is found in the order in which it came."""

from migrations.plain_sql import run_sql_beside

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run_sql_beside(__file__)
