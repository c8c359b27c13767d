"""The demo's fee plan in two versions: from the middle of the year rates differ and missing levels roll up."""

from typing import Any

# Both versions charge the same channel fee, so a story can say what the channel gives back without asking which
# version its order was paid under.
CHANNEL_FEE_PER_MILLE = 6
CATEGORIES = ("books", "electronics", "beauty", "watches", "home", "toys", "fashion", "groceries")


def fee_plans() -> list[dict[str, Any]]:
    """Return the versions of the plan, oldest first, each as a fee-plan document."""
    return [
        _version(
            valid_from="2025-01-01",
            commission="0.08",
            by_category={"books": "0.05", "electronics": "0.06", "beauty": "0.10", "watches": "0.12"},
            levels=["0.05", "0.03", "0.01"],
            missing_level="RESIDUAL",
            agent="0.005",
        ),
        _version(
            valid_from="2025-07-01",
            commission="0.085",
            by_category={"books": "0.05", "electronics": "0.065", "beauty": "0.11", "groceries": "0.04"},
            levels=["0.045", "0.025", "0.0125"],
            missing_level="ROLL_UP",
            agent="0.0075",
        ),
    ]


def _version(
    *, valid_from: str, commission: str, by_category: dict[str, str], levels: list[str], missing_level: str, agent: str
) -> dict[str, Any]:
    return {
        "plan": "demo",
        "validFrom": valid_from,
        "base": "goods",
        "commission": {
            "default": commission,
            "byCategory": by_category,
            "rounding": "HALF_UP",
            "taxInside": "0.06",
        },
        "distribution": {
            "rates": levels,
            "poolRounding": "FLOOR",
            "missingLevel": missing_level,
            "bornBy": "MERCHANT",
            "selfPurchase": "FORBID_SELF",
        },
        "agent": {"rate": agent, "rounding": "HALF_UP"},
        "delivery": {"receiver": "MERCHANT"},
        "channelFee": {
            "rate": f"0.{CHANNEL_FEE_PER_MILLE:03d}",
            "base": "paid",
            "rounding": "HALF_UP",
            "bornBy": "MERCHANT",
        },
    }
