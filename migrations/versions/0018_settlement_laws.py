"""Laws of settlement's documents: who earns, what a closed party gets, what answers a dispute, what goes back early."""

from migrations.plain_sql import run_sql_beside

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    run_sql_beside(__file__)
