"""Where the three legal entities of the demo trade: currency, decimals, clock and what things cost there."""

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple


class Region(NamedTuple):
    """
    One legal entity and its market.

    Prices and deliveries are ranges in minor units. None of the three zones has daylight saving time, so one fixed
    offset says what a clock there shows.
    """

    entity: str
    name: str
    currency: str
    decimals: int
    time_zone: str
    offset: timezone
    prices: tuple[tuple[int, int], ...]
    delivery: tuple[int, int]

    def amount(self, minor_units: int) -> str:
        """Write an amount as the files want it: a decimal string with the currency's decimals."""
        if self.decimals == 0:
            return str(minor_units)
        whole, part = divmod(minor_units, 10**self.decimals)
        return f"{whole}.{part:0{self.decimals}d}"

    def instant(self, second: int) -> str:
        """Write a Unix second as a clock in this region shows it."""
        return datetime.fromtimestamp(second, self.offset).isoformat()


CHINA = Region(
    "LE-CN",
    "示范商城（上海）有限公司",
    "CNY",
    2,
    "Asia/Shanghai",
    timezone(timedelta(hours=8)),
    ((500, 5_000), (5_000, 30_000), (30_000, 300_000)),
    (500, 3_000),
)
JAPAN = Region(
    "LE-JP",
    "デモ市場株式会社",
    "JPY",
    0,
    "Asia/Tokyo",
    timezone(timedelta(hours=9)),
    ((100, 2_000), (2_000, 10_000), (10_000, 80_000)),
    (300, 1_500),
)
KUWAIT = Region(
    "LE-KW",
    "Demo Market Kuwait W.L.L.",
    "KWD",
    3,
    "Asia/Kuwait",
    timezone(timedelta(hours=3)),
    ((250, 5_000), (5_000, 40_000), (40_000, 250_000)),
    (500, 3_000),
)
REGIONS = (CHINA, JAPAN, KUWAIT)

# Payments fall in 2025 on every clock of the demo: Kuwait's year began three hours before the first second, and the
# last second is the end of the year in Tokyo, where it ends first.
FIRST_SECOND = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
SECONDS = int(datetime(2025, 12, 31, 15, tzinfo=UTC).timestamp()) - FIRST_SECOND
