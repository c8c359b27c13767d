"""The laws of the lines pass over what a statement brought once less often for each thing that they compare it with."""

from migrations.plain_sql import run_sql_beside

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    run_sql_beside(__file__)
