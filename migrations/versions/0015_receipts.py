"""Offline receipts, matched against what parties owe from their sheets."""

from migrations.plain_sql import run_sql_beside

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_sql_beside(__file__)
