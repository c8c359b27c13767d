"""Who closes a party is told what of it lives on."""

from tests.app.api.gateway import Desk

CLOSE = """mutation($input: ChangePartyStatusInput!) { closeParty(input: $input) { replayed userErrors { code } party {
    status stillOpen { legalEntity { reference } openSheets unsettledSheets payable { amount currency }
        onHold { amount } deposits { amount } inTransit { amount } inSuspense { amount } owed { amount } }
} } }"""


async def test_closing_a_party_tells_what_is_still_to_be_paid(desk: Desk):
    await desk.book.owe("M1", 100)

    (closed,) = (await desk.ask(CLOSE, input={"party": "M1", "reason": "Left."})).values()

    nothing = {"amount": "0.00"}
    assert closed == {
        "replayed": False,
        "userErrors": [],
        "party": {
            "status": "CLOSED",
            "stillOpen": [
                {
                    "legalEntity": {"reference": "LE"},
                    "openSheets": 0,
                    "unsettledSheets": 0,
                    "payable": {"amount": "1.00", "currency": "CNY"},
                    "onHold": nothing,
                    "deposits": nothing,
                    "inTransit": nothing,
                    "inSuspense": nothing,
                    "owed": nothing,
                }
            ],
        },
    }


async def test_closing_a_party_that_never_had_anything_leaves_nothing(desk: Desk):
    (closed,) = (await desk.ask(CLOSE, input={"party": "M2", "reason": "Never came."})).values()

    assert closed["party"] == {"status": "CLOSED", "stillOpen": []}
