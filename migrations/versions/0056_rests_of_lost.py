"""What is to be held of a chargeback that was lost is, until what it took is on a sheet that is agreed."""

from migrations.plain_sql import run_sql_beside

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    run_sql_beside(__file__)
