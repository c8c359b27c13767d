"""What is claimed of deposits for the buyers of orders is paid to them."""

from migrations.plain_sql import run_sql_beside

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run_sql_beside(__file__)
