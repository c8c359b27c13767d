"""Which events concern a party, so that its stream costs what it sees and not what everybody does."""

from migrations.plain_sql import run_sql_beside

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql_beside(__file__)
