"""Charging, complete: fee items, submitted fee lines, chargebacks, sources."""

from migrations.plain_sql import run_sql_beside

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql_beside(__file__)
