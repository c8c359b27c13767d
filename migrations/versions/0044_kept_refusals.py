"""What was refused and is kept can be said in the language of whoever asks: its facts are kept beside its text."""

from migrations.plain_sql import run_sql_beside

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    run_sql_beside(__file__)
