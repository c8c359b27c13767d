"""What an operator reads: the tree with its figures, accounts, entries, statements, the trial balance."""

from datetime import date, timedelta

from tests.app.api.gateway import Desk


async def test_the_platform_says_which_moment_the_answer_shows(desk: Desk):
    sequence = await desk.book.owe("M1", 500)

    answer = (await desk.send("{ platform { reference name timeZone asOf { sequence } } asOf { sequence } }")).json()

    assert answer["data"] == {
        "platform": {
            "reference": desk.operator,
            "name": "Operator",
            "timeZone": "UTC",
            "asOf": {"sequence": str(sequence)},
        },
        "asOf": {"sequence": str(sequence)},
    }
    assert answer["extensions"]["asOf"]["sequence"] == str(sequence)


async def test_a_party_shows_where_it_stands_in_the_tree(desk: Desk):
    found = await desk.ask(
        """{ party(reference: "A1") {
            reference kind name status parent { reference } ancestors { reference }
            children { nodes { reference parent { reference } } pageInfo { hasNextPage } }
            descendants { nodes { reference ancestors { reference } } }
        } }"""
    )

    assert found["party"] == {
        "reference": "A1",
        "kind": "AGENT",
        "name": "North",
        "status": "ACTIVE",
        "parent": {"reference": desk.operator},
        "ancestors": [{"reference": desk.operator}],
        "children": {
            "nodes": [
                {"reference": "A11", "parent": {"reference": "A1"}},
                {"reference": "M3", "parent": {"reference": "A1"}},
            ],
            "pageInfo": {"hasNextPage": False},
        },
        "descendants": {
            "nodes": [
                {"reference": "A11", "ancestors": [{"reference": "A1"}, {"reference": desk.operator}]},
                {
                    "reference": "M1",
                    "ancestors": [{"reference": "A11"}, {"reference": "A1"}, {"reference": desk.operator}],
                },
                {"reference": "M3", "ancestors": [{"reference": "A1"}, {"reference": desk.operator}]},
            ]
        },
    }


BALANCES = """{ party(reference: "A1") {
    balances { balance { minorUnits } }
    subtreeBalances {
        legalEntity { reference name } currency
        balance { amount minorUnits } accrued { amount } onSheets { amount } returned { amount }
        onHold { amount } owed { amount } inTransit { amount }
    }
    children { nodes { reference subtreeBalances { balance { minorUnits } } } }
} }"""


async def test_a_parents_subtree_is_its_own_balance_and_its_childrens_subtrees(desk: Desk):
    await desk.book.owe("M1", 10_050)
    await desk.book.owe("M3", 200)
    await desk.book.owe("M2", 7)
    await desk.book.post("D 1100 30, C 2020/A1 30")
    await desk.book.post("D 1200/M1 5, C 2050/M1 5")
    await desk.book.post("D 1200/M1 7, C 2015/M1 4, C 2016/M1 3")

    party = (await desk.ask(BALANCES))["party"]

    assert party == {
        "balances": [{"balance": {"minorUnits": "30"}}],
        "subtreeBalances": [
            {
                "legalEntity": {"reference": "LE", "name": "Legal entity"},
                "currency": "CNY",
                "balance": {"amount": "102.87", "minorUnits": "10287"},
                "accrued": {"amount": "102.80"},
                "onSheets": {"amount": "0.04"},
                "returned": {"amount": "0.03"},
                "onHold": {"amount": "0.05"},
                "owed": {"amount": "0.12"},
                "inTransit": {"amount": "0.00"},
            }
        ],
        "children": {
            "nodes": [
                {"reference": "A11", "subtreeBalances": [{"balance": {"minorUnits": "10057"}}]},
                {"reference": "M3", "subtreeBalances": [{"balance": {"minorUnits": "200"}}]},
            ]
        },
    }


async def test_balances_are_asked_of_a_day_and_of_a_place_in_the_log(desk: Desk, today: date):
    long_ago = today - timedelta(days=40)
    first = await desk.book.owe("M1", 100, day=long_ago)
    await desk.book.owe("M1", 20)
    query = """query ($asOf: AsOfInput) { party(reference: "M1") {
        balances(asOf: $asOf) { balance { minorUnits } }
        accounts { nodes { role { code name } balance(asOf: $asOf) { minorUnits } totals(asOf: $asOf) { version } } }
    } }"""

    def shown(answer):
        (own,), (account,) = answer["party"]["balances"], answer["party"]["accounts"]["nodes"]
        assert own["balance"] == account["balance"]
        assert account["role"] == {"code": "2010", "name": "Merchant payable"}
        return own["balance"]["minorUnits"]

    assert shown(await desk.ask(query)) == "120"
    assert shown(await desk.ask(query, asOf={"businessDate": str(long_ago)})) == "100"
    assert shown(await desk.ask(query, asOf={"businessDate": str(long_ago - timedelta(days=1))})) == "0"
    assert shown(await desk.ask(query, asOf={"sequence": str(first)})) == "100"
    assert shown(await desk.ask(query, asOf={"sequence": str(first - 1), "businessDate": str(today)})) == "0"


async def test_a_subtree_is_exact_at_a_sequence_and_on_a_day(desk: Desk, today: date):
    first = await desk.book.owe("M1", 100, day=today - timedelta(days=3))
    await desk.book.owe("M3", 20)
    query = """query ($asOf: AsOfInput) { party(reference: "A1") {
        subtreeBalances(asOf: $asOf) { balance { minorUnits } }
    } }"""

    yesterday = await desk.ask(query, asOf={"businessDate": str(today - timedelta(days=1))})

    hundred = [{"balance": {"minorUnits": "100"}}]
    assert yesterday["party"]["subtreeBalances"] == hundred
    for at, stands in ((first - 1, []), (first, hundred), (first + 1, [{"balance": {"minorUnits": "120"}}])):
        found = await desk.ask(query, asOf={"sequence": str(at)})
        assert found["party"]["subtreeBalances"] == stands
    assert await desk.refused(query, asOf={"sequence": str(first + 100)}) == "INVALID_INPUT"


ENTRY = """
    id sequence kind source businessDate description document documentLine cause contentHash proof idempotencyKey
    metadata legalEntity { reference }
    lines { position side amount { amount } balanceAfter { amount } account { role { code } party { reference } } }
    reversalOf { id } reversedBy { id }
"""


async def test_an_entry_shows_its_lines_and_is_found_by_its_id(desk: Desk, today: date):
    sequence = await desk.book.owe(
        "M1",
        500,
        day=today,
        key="k",
        description="goods",
        document="order/O-1",
        document_line="1",
        cause="e1",
        template="SPLIT",
        source="RULE",
        metadata='{"a":1}',
    )

    (entry,) = (await desk.ask("{ entries(first: 5) { nodes {" + ENTRY + "} } }"))["entries"]["nodes"]
    again = await desk.ask("query ($id: ID!) { entry(id: $id) { id } node(id: $id) { id __typename } }", id=entry["id"])

    assert len(entry.pop("contentHash")) == 64
    assert again == {"entry": {"id": entry["id"]}, "node": {"id": entry.pop("id"), "__typename": "Entry"}}
    assert entry == {
        "sequence": str(sequence),
        "kind": "SPLIT",
        "source": "RULE",
        "businessDate": str(today),
        "description": "goods",
        "document": "order/O-1",
        "documentLine": "1",
        "cause": "e1",
        "proof": None,
        "idempotencyKey": "k",
        "metadata": {"a": 1},
        "legalEntity": {"reference": "LE"},
        "lines": [
            {
                "position": 1,
                "side": "DEBIT",
                "amount": {"amount": "5.00"},
                "balanceAfter": {"amount": "5.00"},
                "account": {"role": {"code": "1100"}, "party": None},
            },
            {
                "position": 2,
                "side": "CREDIT",
                "amount": {"amount": "5.00"},
                "balanceAfter": {"amount": "5.00"},
                "account": {"role": {"code": "2010"}, "party": {"reference": "M1"}},
            },
        ],
        "reversalOf": None,
        "reversedBy": None,
    }


async def test_a_reversal_and_what_it_mirrors_name_each_other(desk: Desk):
    first = await desk.book.owe("M1", 500)
    await desk.book.post("C 1100 500, D 2010/M1 500", source="REVERSAL", reversal_of=first)

    nodes = (await desk.ask("{ entries { nodes { kind reversalOf { sequence } reversedBy { kind sequence } } } }"))[
        "entries"
    ]["nodes"]

    assert nodes == [
        {"kind": "REVERSAL", "reversalOf": {"sequence": str(first)}, "reversedBy": None},
        {"kind": "API", "reversalOf": None, "reversedBy": {"kind": "REVERSAL", "sequence": str(first + 1)}},
    ]


async def test_entries_are_filtered_by_what_they_are_and_what_they_touch(desk: Desk, today: date):
    early = today - timedelta(days=9)
    a = await desk.book.owe("M1", 1, day=early, template="CAPTURE", source="RULE", document="order/O-1")
    b = await desk.book.owe("M2", 2, key="two")
    c = await desk.book.post("D 1100 3, C 3000 3", legal_entity="LE-JP", currency="JPY", source="MANUAL")
    d = await desk.book.owe("M1", 4, document="order/O-2", document_line="7")
    found = await desk.ask('{ accounts(filter: {code: "2010", party: "M1"}) { nodes { id } } }')
    (account,) = found["accounts"]["nodes"]

    async def listed(**given):
        found = await desk.ask(
            "query ($filter: EntryFilterInput) { entries(filter: $filter) { nodes { sequence } } }", filter=given
        )
        return [int(node["sequence"]) for node in found["entries"]["nodes"]]

    assert await listed() == [d, c, b, a]
    assert await listed(legalEntity="LE") == [d, b, a]
    assert await listed(businessDateTo=str(early)) == [a]
    assert await listed(businessDateFrom=str(today), businessDateTo=str(today)) == [d, c, b]
    assert await listed(sequenceFrom=str(b), sequenceTo=str(c)) == [c, b]
    assert await listed(document="order/O-1") == [a]
    assert await listed(order="O-2", documentLine="7") == [d]
    assert await listed(order="O-2", document="order/O-1") == []
    assert await listed(kind="CAPTURE") == [a]
    assert await listed(kind="MANUAL") == [c]
    assert await listed(source="MANUAL") == [c]
    assert await listed(account=account["id"]) == [d, a]
    assert await listed(party="M1") == [d, a]
    assert await listed(party="M1", order="O-1") == [a]
    assert await listed(party="M2", account=account["id"]) == []
    assert await listed(idempotencyKey="two") == [b]
    assert await listed(party="M1", businessDateFrom=str(today)) == [d]


async def test_entries_of_an_account_and_a_party_have_a_line_of_each(desk: Desk):
    a = await desk.book.owe("M1", 1)
    await desk.book.owe("M2", 2)
    b = await desk.book.owe("M1", 3, document="order/O-1")
    found = await desk.ask('{ accounts(filter: {code: "1100"}) { nodes { id party { id } } } }')
    (account,) = found["accounts"]["nodes"]
    assert account["party"] is None

    async def listed(**given):
        return await desk.ask(
            "query ($filter: EntryFilterInput) { entries(filter: $filter) { nodes { sequence } } }",
            filter={"account": account["id"], "party": "M1", **given},
        )

    assert await listed() == {"entries": {"nodes": [{"sequence": str(b)}, {"sequence": str(a)}]}}
    assert await listed(order="O-1") == {"entries": {"nodes": [{"sequence": str(b)}]}}


async def test_an_accounts_lines_are_pages_with_a_running_balance(desk: Desk):
    for amount in (100, 20, 3):
        await desk.book.owe("M1", amount)
    query = """query ($after: String) { accounts(filter: {party: "M1"}) { nodes {
        lines(first: 2, after: $after) {
            nodes { side amount { minorUnits } balanceAfter { minorUnits } entry { sequence }
                account { legalEntity { reference } } }
            pageInfo { hasNextPage endCursor }
        }
    } } }"""

    def shown(answer):
        (account,) = answer["accounts"]["nodes"]
        return [(n["amount"]["minorUnits"], n["balanceAfter"]["minorUnits"]) for n in account["lines"]["nodes"]]

    first = await desk.ask(query)
    page = first["accounts"]["nodes"][0]["lines"]["pageInfo"]
    rest = await desk.ask(query, after=page["endCursor"])

    assert page["hasNextPage"] is True
    assert shown(first) == [("100", "100"), ("20", "120")]
    assert shown(rest) == [("3", "123")]


STATEMENT = """query ($from: LocalDate!, $to: LocalDate!) {
statement(party: "M1", currency: "CNY", from: $from, to: $to) {
    from to side opening { minorUnits } closing { minorUnits } sequence contentHash
    lines { businessDate side amount { minorUnits } balance { minorUnits } account { role { code } } entry { kind } }
} }"""


async def test_a_statement_runs_from_its_opening_to_its_closing_by_business_date(desk: Desk, today: date):
    days = [today - timedelta(days=distance) for distance in (30, 20, 10)]
    await desk.book.owe("M1", 1_000, day=days[0])
    await desk.book.owe("M1", 30, day=days[2])
    await desk.book.owe("M1", 500, day=days[1])
    last = await desk.book.owe("M1", 7)
    bounds = {"from": str(days[1]), "to": str(today)}

    statement = (await desk.ask(STATEMENT, **bounds))["statement"]
    again = (await desk.ask(STATEMENT, **bounds))["statement"]
    await desk.book.owe("M1", 1, day=days[2])
    later = (await desk.ask(STATEMENT, **bounds))["statement"]

    assert statement["opening"]["minorUnits"] == "1000"
    assert [
        (line["businessDate"], line["amount"]["minorUnits"], line["balance"]["minorUnits"])
        for line in statement["lines"]
    ] == [(str(days[1]), "500", "1500"), (str(days[2]), "30", "1530")]
    assert (statement["closing"]["minorUnits"], statement["side"]) == ("1530", "CREDIT")
    assert statement["sequence"] == str(last)
    assert again == statement
    assert later["closing"]["minorUnits"] == "1531"
    assert later["contentHash"] != statement["contentHash"]


async def test_an_accounts_statement_is_on_its_normal_side(desk: Desk, today: date):
    await desk.book.owe("M1", 500)
    await desk.book.owe("M2", 20)
    account = (await desk.ask('{ accounts(filter: {code: "1100"}) { nodes { id class normalSide } } }'))["accounts"]

    found = await desk.ask(
        """query ($id: ID!, $from: LocalDate!, $to: LocalDate!) { statement(account: $id, from: $from, to: $to) {
            side lines { balance { minorUnits } } closing { minorUnits }
        } node(id: $id) { ... on Account { statement(from: $from, to: $to) { closing { minorUnits } } } } }""",
        **{"id": account["nodes"][0]["id"], "from": str(today), "to": str(today + timedelta(days=1))},
    )

    assert account["nodes"][0]["normalSide"] == "DEBIT"
    assert found["statement"] == {
        "side": "DEBIT",
        "lines": [{"balance": {"minorUnits": "500"}}, {"balance": {"minorUnits": "520"}}],
        "closing": {"minorUnits": "520"},
    }
    assert found["node"]["statement"]["closing"]["minorUnits"] == "520"


async def test_a_period_without_a_day_is_refused(desk: Desk, today: date):
    assert await desk.refused(STATEMENT, **{"from": str(today), "to": str(today)}) == "PERIOD_INVALID"


TRIAL = """query ($asOf: AsOfInput) { trialBalance(legalEntity: "LE", asOf: $asOf) {
    rows { role { code } currency debit { minorUnits } credit { minorUnits } balance { minorUnits } }
    totals { currency debit { minorUnits } credit { minorUnits } }
} }"""


async def test_a_trial_balance_agrees_now_on_a_day_and_at_a_sequence(desk: Desk, today: date):
    early = today - timedelta(days=5)
    first = await desk.book.owe("M1", 100, day=early)
    await desk.book.owe("M2", 20)
    await desk.book.post("D 2010/M1 30, C 2015/M1 30")

    def rows(answer):
        assert all(total["debit"] == total["credit"] for total in answer["trialBalance"]["totals"])
        return {
            row["role"]["code"]: (row["debit"]["minorUnits"], row["credit"]["minorUnits"], row["balance"]["minorUnits"])
            for row in answer["trialBalance"]["rows"]
        }

    now = {"1100": ("120", "0", "120"), "2010": ("30", "120", "90"), "2015": ("0", "30", "30")}
    then = {"1100": ("100", "0", "100"), "2010": ("0", "100", "100")}
    assert rows(await desk.ask(TRIAL)) == now
    assert rows(await desk.ask(TRIAL, asOf={"businessDate": str(today)})) == now
    assert rows(await desk.ask(TRIAL, asOf={"businessDate": str(early)})) == then
    assert rows(await desk.ask(TRIAL, asOf={"sequence": str(first)})) == then
    assert (await desk.ask('{ trialBalance(legalEntity: "M1") { legalEntity { reference } } }'))["trialBalance"] is None


async def test_a_trial_balance_of_no_currency_is_refused_by_name_and_one_of_a_moment_says_when_it_was_read(
    desk: Desk,
):
    first = await desk.book.owe("M1", 100)
    last = await desk.book.owe("M2", 20)
    query = """query ($currency: CurrencyCode, $asOf: AsOfInput) {
        trialBalance(legalEntity: "LE", currency: $currency, asOf: $asOf) { asOf { sequence } rows { currency } } }"""

    assert await desk.refused(query, currency="XXX") == "CURRENCY_UNKNOWN"
    then = (await desk.ask(query, currency="JPY", asOf={"sequence": str(first)}))["trialBalance"]
    assert then == {"asOf": {"sequence": str(last)}, "rows": []}


async def test_parties_are_listed_by_kind_and_status(desk: Desk):
    found = await desk.ask(
        """query ($kind: PartyKind) {
            parties(filter: {kind: $kind, status: ACTIVE}) { nodes { reference } }
            party(reference: "A1") { descendants(filter: {kind: MERCHANT}) { nodes { reference } } }
            none: parties(filter: {status: CLOSED}) { nodes { reference } }
        }""",
        kind="AGENT",
    )

    assert [node["reference"] for node in found["parties"]["nodes"]] == ["A1", "A2", "A11"]
    assert [node["reference"] for node in found["party"]["descendants"]["nodes"]] == ["M1", "M3"]
    assert found["none"]["nodes"] == []


async def test_every_thing_is_found_by_its_id(desk: Desk):
    await desk.book.owe("M1", 1)
    found = await desk.ask('{ platform { id } party(reference: "M1") { id accounts { nodes { id } } } }')
    ids = [found["platform"]["id"], found["party"]["id"], found["party"]["accounts"]["nodes"][0]["id"]]

    nodes = (await desk.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=ids))["nodes"]
    named = await desk.ask("query ($id: ID!) { party(id: $id) { reference } }", id=ids[1])

    assert nodes == [
        {"id": ids[0], "__typename": "Platform"},
        {"id": ids[1], "__typename": "Party"},
        {"id": ids[2], "__typename": "Account"},
    ]
    assert named["party"]["reference"] == "M1"


async def test_pages_of_entries_stay_the_same_while_others_are_posted(desk: Desk):
    posted = [await desk.book.owe("M1", amount) for amount in range(1, 8)]
    query = """query ($after: String) { entries(first: 3, after: $after) {
        nodes { sequence } pageInfo { hasNextPage endCursor }
    } }"""
    seen, cursor, more = [], None, True

    while more:
        page = (await desk.ask(query, after=cursor))["entries"]
        seen += [int(node["sequence"]) for node in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        await desk.book.owe("M1", 1)

    assert seen == posted[::-1]
