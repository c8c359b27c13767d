"""What failed or came back is found without reading every payout that ever was."""

from migrations.plain_sql import run_sql_beside

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    run_sql_beside(__file__)
