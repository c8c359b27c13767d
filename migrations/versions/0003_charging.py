"""Charging: fee plans, orders with their lines, shares and refunds, the events that moved them, and suspense."""

from migrations.plain_sql import run_sql_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql_beside(__file__)
