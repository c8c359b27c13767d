"""How fees are dealt to the lines of an entry."""

from ledger.reporting.sheets import Fee, read_fees, share_fees


def fee(item: str, amount: int) -> Fee:
    return Fee(item, amount, None, None, None, None, None, None)


GOODS, COMMISSION, CHANNEL_FEE = fee("GOODS", 10_000), fee("COMMISSION", -800), fee("CHANNEL_FEE", -60)


def test_one_line_has_all_fees() -> None:
    assert share_fees((GOODS, COMMISSION), [9_200]) == [(GOODS, COMMISSION)]


def test_a_fee_that_is_a_line_by_itself_is_that_lines() -> None:
    fees = (GOODS, COMMISSION, CHANNEL_FEE)

    assert share_fees(fees, [-60, 9_200]) == [(CHANNEL_FEE,), (GOODS, COMMISSION)]
    assert share_fees(fees, [9_200, -60]) == [(GOODS, COMMISSION), (CHANNEL_FEE,)]


def test_every_fee_is_shown_once() -> None:
    assert share_fees((GOODS,), [10_000, -5]) == [(GOODS,), ()]
    assert share_fees((), [1, 2]) == [(), ()]


def test_only_the_fees_of_the_account_and_its_party_are_read() -> None:
    metadata = (
        '{"fees":[{"amount":5,"code":"2010","item":"A","party":1},{"amount":6,"code":"2020","item":"B","party":1}]}'
    )

    assert [each.item for each in read_fees(metadata, code="2010", party_id=1)] == ["A"]
    assert read_fees(metadata, code="2010", party_id=2) == ()
    assert read_fees("", code="2010", party_id=1) == ()
