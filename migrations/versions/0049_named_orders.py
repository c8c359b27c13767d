"""What a hold, an adjustment or a claim names is an order that is known."""

from migrations.plain_sql import run_sql_beside

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    run_sql_beside(__file__)
