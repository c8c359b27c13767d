"""What is unidentified moves with its receipt alone; receipts are given back, and small rests cleared with a match."""

from migrations.plain_sql import run_sql_beside

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run_sql_beside(__file__)
