"""What a chargeback found gone from a sheet is held once the sheet has it again."""

from migrations.plain_sql import run_sql_beside

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run_sql_beside(__file__)
