"""What is taken back of a line, for a refund or a lost dispute, and the mirror of it."""

from collections.abc import Mapping

from ledger.charging.entities import take_over
from ledger.charging.model import Refund
from ledger.charging.moves import Amount, Move, make_move, mirror_move
from ledger.charging.notes import write_taken_back
from ledger.charging.order import Order, OrderLine, RefundLine
from ledger.charging.rates import Bearer
from ledger.charging.splitting import seat_amounts
from ledger.charging.standing import Drawn, count_drawn, draw_shares, list_drawn, read_drawn, share_amounts


def take_back(
    order: Order, line: OrderLine, refund: Refund, template: str, *, payee: str
) -> tuple[OrderLine, list[Move]]:
    """
    Take what a refund says back: out of the order's funds before the split, from everyone who has a share after it. The
    buyer's part goes to the account `payee`, the platform's part of a discount to the platform.
    """
    back, reference = refund.claw_back, line.state.line
    given = _list_given(refund, payee)
    after = line._replace(state=line.state.after(refund))
    if back is None:
        funds = ("2000", None, refund.shared + refund.delivery)
        return after, make_move(template, reference, place=order.place, debits=[funds], credits=given)
    shares = share_amounts(line, back, delivery=refund.delivery)
    drawn = draw_shares(line, shares) if line.suspended else None
    given_back = seat_amounts(line, shares) if drawn is None else list_drawn(line, drawn)
    debits = [*given_back, ("4000", None, back.revenue), ("2105", None, back.tax)]
    credits: list[Amount] = []
    if line.state.levels_born_by is Bearer.PLATFORM:
        credits.append(("5090", None, sum(back.levels)))
    if order.settling_book_id is None:
        credits += given
    else:
        credits.append((order.funds_code, None, sum([amount for _, _, amount in given])))
    said = _note(line, refund, drawn)
    moves = make_move(template, reference, place=order.owing_place, debits=debits, credits=credits, metadata=said)
    moves += take_over(order, reference, template, targets=given)
    return after if drawn is None else count_drawn(after, drawn, sign=-1), moves


def mirror_taken_back(order: Order, line: OrderLine, part: RefundLine) -> list[Move]:
    """The mirrors of a refund's entries of one line: one, or two where two entities had a part in it."""
    if part.entry is None:
        return []
    reference, refund = line.state.line, part.refund
    if refund.claw_back is None:
        return [mirror_move("REFUND_REJECTED", reference, entry=part.entry, lines=part.lines)]
    said = _note(line, refund, read_drawn(line, part) if line.suspended else None, sign=1)
    moves = [mirror_move("REFUND_REJECTED", reference, entry=part.entry, lines=part.lines, metadata=said)]
    moves += [
        mirror_move("REFUND_REJECTED_DUE", reference, entry=part.entry + 1, lines=move.lines)
        for move in take_over(order, reference, "REFUND", targets=_list_given(refund, "2070"))
    ]
    return moves


def _list_given(refund: Refund, payee: str) -> list[Amount]:
    return [(payee, None, refund.to_buyer), ("5020", None, refund.platform_discount)]


def _note(line: OrderLine, refund: Refund, drawn: Mapping[int, Drawn] | None, *, sign: int = -1) -> str:
    """The fees that were taken back, or come back where the refund is mirrored."""
    assert refund.claw_back is not None, "before the split nobody has a fee"
    return write_taken_back(
        line,
        refund.claw_back,
        goods=refund.goods,
        merchant_discount=refund.merchant_discount,
        delivery=refund.delivery,
        sign=sign,
        drawn=drawn,
    )
