"""What chargebacks that were read before there were rests found gone is written down."""

from migrations.plain_sql import run_sql_beside

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run_sql_beside(__file__)
