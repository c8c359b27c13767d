"""Below: totals of subtrees count those below a party; leaner laws."""

from migrations.plain_sql import run_sql_beside

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql_beside(__file__)
