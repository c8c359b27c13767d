"""API keys: who may call, as whom, and what they may see."""

from migrations.plain_sql import run_sql_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql_beside(__file__)
