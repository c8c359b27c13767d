"""
The catalogue of fee items that a new platform starts with. A platform publishes its own versions over it.

Sources: the fee types that large marketplaces show on their sheets (goods, commission, delivery, storage, packaging,
services, promotion, points, penalties, compensation), and the accounts of docs/entries.md.

An item of the platform's own computation is here too, for orders that were charged by another system: its money is on
the channel where that system took it, so the contra of goods is the channel's balance.
"""

from decimal import Decimal

from ledger.charging.fees.model import Base, Direction, FeeItem, Granularity
from ledger.money import Rounding

# Services at 6 % and goods at 13 % are what most lines of a mainland marketplace have.
_SERVICE_TAX = ("CN-VAT-6", Decimal("0.06"))
_NO_TAX = ("", Decimal(0))

_MERCHANT = (("MERCHANT", "2010"),)
_SELLERS = (("MERCHANT", "2010"), ("SUPPLIER", "2030"))
_ANYBODY = (("AGENT", "2020"), ("DISTRIBUTOR", "2041"), ("MERCHANT", "2010"), ("SUPPLIER", "2030"))
_PURCHASE = (("MERCHANT", "2080"), ("SUPPLIER", "2080"))


def _credit(
    code: str,
    name: str,
    contra: str,
    *,
    accounts: tuple[tuple[str, str], ...] = _MERCHANT,
    base: Base = Base.FIXED,
    granularity: Granularity = Granularity.FEE_ITEM,
    reversible: bool = True,
    rounding: Rounding = Rounding.HALF_UP,
) -> FeeItem:
    return FeeItem(code, name, Direction.CREDIT, base, *_NO_TAX, reversible, granularity, accounts, contra, rounding)


def _charge(
    code: str,
    name: str,
    contra: str,
    *,
    accounts: tuple[tuple[str, str], ...] = _MERCHANT,
    base: Base = Base.FIXED,
    granularity: Granularity = Granularity.FEE_ITEM,
    tax: tuple[str, Decimal] = _NO_TAX,
    reversible: bool = True,
    rounding: Rounding = Rounding.HALF_UP,
) -> FeeItem:
    return FeeItem(code, name, Direction.CHARGE, base, *tax, reversible, granularity, accounts, contra, rounding)


_SKU, _ORDER = Granularity.SKU, Granularity.ORDER

STANDARD_ITEMS: tuple[FeeItem, ...] = (
    # What is computed here from the fee plan.
    _credit("GOODS", "Goods amount", "1105", base=Base.GOODS, granularity=_SKU),
    _charge("COMMISSION", "Commission", "4000", base=Base.GOODS, granularity=_SKU, tax=_SERVICE_TAX),
    _charge("COUPON_MERCHANT", "Coupon borne by the merchant", "1105", base=Base.GOODS, granularity=_SKU),
    _credit("DELIVERY_INCOME", "Delivery paid by the buyer", "1105", granularity=_ORDER),
    _charge("CHANNEL_FEE", "Payment fee", "4030", base=Base.PAID, granularity=_ORDER, reversible=False),
    _charge("DISTRIBUTION_FEE_1", "Distribution fee, level 1", "5090", base=Base.GOODS, granularity=_SKU),
    _charge("DISTRIBUTION_FEE_2", "Distribution fee, level 2", "5090", base=Base.GOODS, granularity=_SKU),
    _charge("DISTRIBUTION_FEE_3", "Distribution fee, level 3", "5090", base=Base.GOODS, granularity=_SKU),
    _charge("AGENT_FEE", "Agent's fee", "5090", base=Base.GOODS, granularity=_SKU),
    _credit(
        "DISTRIBUTION_1",
        "Distributor's commission, level 1",
        "5090",
        accounts=(("DISTRIBUTOR", "2041"),),
        base=Base.GOODS,
        granularity=_SKU,
        rounding=Rounding.FLOOR,
    ),
    _credit(
        "DISTRIBUTION_2",
        "Distributor's commission, level 2",
        "5090",
        accounts=(("DISTRIBUTOR", "2042"),),
        base=Base.GOODS,
        granularity=_SKU,
        rounding=Rounding.FLOOR,
    ),
    _credit(
        "DISTRIBUTION_3",
        "Distributor's commission, level 3",
        "5090",
        accounts=(("DISTRIBUTOR", "2043"),),
        base=Base.GOODS,
        granularity=_SKU,
        rounding=Rounding.FLOOR,
    ),
    _credit(
        "AGENT_COMMISSION",
        "Agent's commission",
        "5090",
        accounts=(("AGENT", "2020"),),
        base=Base.GOODS,
        granularity=_SKU,
    ),
    # Purchase mode: the goods are the platform's, the seller is paid the supply price.
    _credit("PURCHASE_GOODS", "Goods bought at the supply price", "5000", accounts=_PURCHASE, granularity=_SKU),
    _charge("PURCHASE_SHORTAGE", "Goods not delivered or not accepted", "5000", accounts=_PURCHASE, granularity=_SKU),
    # Services of the platform.
    _charge("DELIVERY", "Delivery service", "4020", granularity=_ORDER, tax=_SERVICE_TAX, reversible=False),
    _charge(
        "DELIVERY_INSURED",
        "Insured delivery",
        "4020",
        base=Base.GOODS,
        granularity=_ORDER,
        tax=_SERVICE_TAX,
        reversible=False,
        rounding=Rounding.CEIL,
    ),
    _charge("STORAGE", "Storage", "4020", accounts=_SELLERS, tax=_SERVICE_TAX),
    _charge(
        "STORAGE_OVERDUE", "Storage beyond the free days", "4020", accounts=_SELLERS, tax=_SERVICE_TAX, reversible=False
    ),
    _charge("PACKAGING", "Packaging", "4020", granularity=_SKU, tax=_SERVICE_TAX, reversible=False),
    _charge(
        "SORTING",
        "Sorting and labelling",
        "4020",
        accounts=_SELLERS,
        granularity=_SKU,
        tax=_SERVICE_TAX,
        reversible=False,
    ),
    _charge("RETURN_SERVICE", "Return service", "4020", granularity=_ORDER, tax=_SERVICE_TAX, reversible=False),
    _charge("EXCHANGE_SERVICE", "Exchange service", "4020", granularity=_ORDER, tax=_SERVICE_TAX, reversible=False),
    _charge("INSTALLATION", "Installation", "4020", granularity=_SKU, tax=_SERVICE_TAX),
    _charge(
        "RETURN_INSURANCE",
        "Insurance of returns",
        "4020",
        base=Base.PAID,
        granularity=_ORDER,
        tax=_SERVICE_TAX,
        reversible=False,
        rounding=Rounding.CEIL,
    ),
    _charge(
        "QUALITY_INSPECTION",
        "Quality inspection",
        "4020",
        accounts=_SELLERS,
        granularity=_SKU,
        tax=_SERVICE_TAX,
        reversible=False,
    ),
    _charge("PLATFORM_FEE", "Platform use", "4020", accounts=_SELLERS, tax=_SERVICE_TAX),
    _charge("DATA_SERVICE", "Data service", "4020", accounts=_SELLERS, tax=_SERVICE_TAX),
    _charge("CUSTOMER_SERVICE", "Customer service", "4020", tax=_SERVICE_TAX),
    _charge(
        "INSTALMENT_FEE",
        "Instalment fee",
        "4020",
        base=Base.PAID,
        granularity=_ORDER,
        tax=_SERVICE_TAX,
        rounding=Rounding.HALF_EVEN,
    ),
    # Promotion.
    _charge("ADVERTISING", "Advertising", "4020", accounts=_SELLERS, tax=_SERVICE_TAX),
    _charge("PROMOTION", "Share of a joint promotion", "5020", base=Base.GOODS, granularity=_SKU),
    _credit("PROMOTION_SUBSIDY", "Subsidy of a promotion", "5020", base=Base.GOODS, granularity=_SKU),
    _credit("COUPON_PLATFORM", "Coupon borne by the platform", "5020", granularity=_ORDER),
    _credit("COINS_REDEEMED", "Coins that buyers paid with", "5020", granularity=_ORDER),
    _charge(
        "COINS_GRANTED", "Coins granted to buyers", "5020", base=Base.PAID, granularity=_ORDER, rounding=Rounding.FLOOR
    ),
    _credit("PRICE_PROTECTION_SUBSIDY", "Subsidy of a price protection", "5020", granularity=_SKU),
    _charge("PRICE_PROTECTION", "Price protection paid to the buyer", "5020", granularity=_SKU),
    # Rebates, penalties and compensation.
    _charge("REBATE_OFFSET", "Rebate set off", "4050", accounts=_SELLERS),
    _credit("REBATE_GRANTED", "Rebate granted", "5080", accounts=_SELLERS),
    _charge("PENALTY", "Penalty", "4040", accounts=_ANYBODY),
    _charge("PENALTY_LATE_DELIVERY", "Penalty for late delivery", "4040", base=Base.GOODS, granularity=_ORDER),
    _charge("PENALTY_OUT_OF_STOCK", "Penalty for goods out of stock", "4040", base=Base.GOODS, granularity=_SKU),
    _charge("PENALTY_COUNTERFEIT", "Penalty for counterfeit goods", "4040", granularity=_SKU),
    _credit("COMPENSATION", "Compensation", "5060", accounts=_ANYBODY),
    _credit("COMPENSATION_LOGISTICS", "Compensation for goods lost on the way", "5060", granularity=_ORDER),
    _credit("BONUS", "Bonus", "5090", accounts=(("AGENT", "2020"), ("DISTRIBUTOR", "2041"))),
    _credit("ROUNDING_GAIN", "Rounding in favour of the party", "5070", accounts=_ANYBODY, reversible=False),
    _charge("ROUNDING_LOSS", "Rounding against the party", "5070", accounts=_ANYBODY, reversible=False),
)

# These are computed here from the plan for every order that is known here, and are not booked a second time.
COMPUTED_HERE = frozenset(
    {
        "GOODS", "COMMISSION", "COUPON_MERCHANT", "DELIVERY_INCOME", "CHANNEL_FEE", "DISTRIBUTION_FEE_1",
        "DISTRIBUTION_FEE_2", "DISTRIBUTION_FEE_3", "AGENT_FEE", "DISTRIBUTION_1",
        "DISTRIBUTION_2", "DISTRIBUTION_3", "AGENT_COMMISSION",
    }
)  # fmt: skip
