"""A difference of a channel's day that was set aside can be taken up again by hand."""

from migrations.plain_sql import run_sql_beside

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    run_sql_beside(__file__)
