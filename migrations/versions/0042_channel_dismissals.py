"""A difference of a channel's day can be set aside by a person, with the reason, as long as it reads the same."""

from migrations.plain_sql import run_sql_beside

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    run_sql_beside(__file__)
