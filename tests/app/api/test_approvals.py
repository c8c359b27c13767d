"""Approvals over the API: the inbox, deciding in bulk, what is granted happens, and who sees it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.access import keys
from ledger.access.model import Role
from tests.app.api.gateway import PEPPER, Desk, make_key

INBOX = """query ($mine: Boolean! = true, $kind: ApprovalKind, $status: ApprovalStatus) {
    approvals(filter: {waitingForMe: $mine, kind: $kind, status: $status}) { nodes {
        id subject digest description content maker status step awaited isOverdue legalEntity { reference }
        seats { approvers decision { actor verdict comment capacity onBehalfOf } }
        history { kind actor }
    } }
}"""
ERRORS = "userErrors { code message field }"
DEFINE = f"""mutation ($input: DefineApprovalFlowInput!) {{
    defineApprovalFlow(input: $input) {{ version approval {{ id digest status }} {ERRORS} }}
}}"""
APPROVE = f"""mutation ($input: ApproveInput!) {{
    approve(input: $input) {{ results {{ replayed approval {{ status step }} {ERRORS} }} {ERRORS} }}
}}"""
REJECT = f"""mutation ($input: RejectInput!) {{
    reject(input: $input) {{ results {{ approval {{ status }} {ERRORS} }} {ERRORS} }}
}}"""
CLOSE = "mutation ($input: ClosePeriodInput!) { closePeriod(input: $input) { closedThrough userErrors { code } } }"
REOPEN = f"""mutation ($input: ReopenPeriodInput!) {{
    reopenPeriod(input: $input) {{ replayed approval {{ id digest number }} {ERRORS} }}
}}"""
PUBLISH = f"""mutation ($input: PublishFeePlanInput!) {{
    publishFeePlan(input: $input) {{ name version replayed approval {{ id digest content }} {ERRORS} }}
}}"""
PLAN = {"plan": "standard", "validFrom": "2026-01-01", "commission": {"default": "0.08"}}


@pytest.fixture
async def people(desk: Desk) -> dict[str, str]:
    """Keys of operators by name."""
    issued = {}
    async with desk.book.database.write(desk.book.platform_id) as conn:
        for name in ("ann", "bob", "cem"):
            key = await keys.create_key(conn, role=Role.OPERATOR, name=name, pepper=PEPPER, now=datetime.now(UTC))
            issued[name] = key.text
    return issued


async def define(desk: Desk, key: str, kind: str, *steps: dict[str, Any], **given: Any) -> dict[str, Any]:
    flow = {"kind": kind, "name": kind.lower(), "steps": list(steps), **given}
    return (await desk.ask(DEFINE, key=key, input=flow))["defineApprovalFlow"]


async def close(desk: Desk, day: str) -> None:
    answer = await desk.ask(CLOSE, input={"legalEntity": "LE", "throughDate": day})
    assert answer["closePeriod"] == {"closedThrough": day, "userErrors": []}


async def reopen(desk: Desk, key: str, day: str) -> dict[str, Any]:
    wanted = {"legalEntity": "LE", "throughDate": day, "reason": "late invoice"}
    return (await desk.ask(REOPEN, key=key, input=wanted))["reopenPeriod"]


async def inbox(desk: Desk, key: str, **given: Any) -> list[dict[str, Any]]:
    return (await desk.ask(INBOX, key=key, **given))["approvals"]["nodes"]


def seen(*approvals: dict[str, Any]) -> list[dict[str, str]]:
    return [{"approval": each["id"], "digest": each["digest"]} for each in approvals]


async def say(desk: Desk, key: str, *approvals: dict[str, Any], comment: str = "") -> list[str]:
    """The status of each, or the code of its refusal."""
    answer = (await desk.ask(APPROVE, key=key, input={"approvals": seen(*approvals), "comment": comment}))["approve"]
    return [
        result["userErrors"][0]["code"] if result["userErrors"] else result["approval"]["status"]
        for result in answer["results"]
    ]


async def test_a_period_is_opened_again_when_another_operator_agrees(desk: Desk, people: dict[str, str]):
    await close(desk, "2025-12-31")

    asked = await reopen(desk, people["ann"], "2025-11-30")
    (waiting,) = await inbox(desk, people["bob"])

    assert asked["userErrors"] == []
    assert await inbox(desk, people["ann"]) == []
    assert waiting["id"] == asked["approval"]["id"]
    assert {name: waiting[name] for name in ("subject", "maker", "status", "step", "awaited", "isOverdue")} == {
        "subject": "book/LE",
        "maker": "ann",
        "status": "PENDING",
        "step": 1,
        "awaited": ["role:operator"],
        "isOverdue": False,
    }
    assert waiting["legalEntity"] == {"reference": "LE"}
    assert '"through":"2025-11-30"' in waiting["content"]
    assert waiting["history"] == [{"kind": "approval.requested", "actor": "ann"}]
    assert await say(desk, people["ann"], waiting) == ["MAKER_IS_CHECKER"]
    assert await say(desk, people["bob"], waiting, comment="go") == ["GRANTED"]
    # The book is open again: closing it through the day before the one that was closed moves forward.
    await close(desk, "2025-12-01")
    (done,) = await inbox(desk, people["cem"], mine=False)
    assert done["status"] == "GRANTED"
    assert done["seats"] == [
        {
            "approvers": ["role:operator"],
            "decision": {
                "actor": "bob",
                "verdict": "APPROVE",
                "comment": "go",
                "capacity": "APPROVER",
                "onBehalfOf": None,
            },
        }
    ]


async def test_what_has_changed_is_not_done_and_the_request_dies(desk: Desk, people: dict[str, str]):
    await close(desk, "2025-11-30")
    asked = (await reopen(desk, people["ann"], "2025-10-31"))["approval"]
    await close(desk, "2025-12-31")

    assert await say(desk, people["bob"], asked) == ["APPROVAL_STALE"]
    assert await say(desk, people["bob"], asked) == ["APPROVAL_CLOSED"]
    (stale,) = await inbox(desk, people["bob"], mine=False, status="STALE")
    assert [each["kind"] for each in stale["history"]] == ["approval.requested", "approval.stale"]
    assert stale["seats"][0]["decision"] is None
    await close(desk, "2025-12-31")


async def test_a_plan_with_a_flow_waits_until_it_is_granted(desk: Desk, people: dict[str, str]):
    await define(desk, people["ann"], "PLAN_PUBLICATION", {"approvers": ["bob", "cem"], "rule": "ALL"})

    waiting = (await desk.ask(PUBLISH, key=people["ann"], input={"document": PLAN}))["publishFeePlan"]
    assert (waiting["version"], waiting["userErrors"]) == (None, [])
    assert await say(desk, people["bob"], waiting["approval"]) == ["PENDING"]
    assert (await desk.ask("{ feePlans { nodes { name } } }"))["feePlans"]["nodes"] == []
    assert await say(desk, people["cem"], waiting["approval"]) == ["GRANTED"]

    plans = (await desk.ask("{ feePlans { nodes { name version content } } }"))["feePlans"]["nodes"]
    assert plans == [{"name": "standard", "version": 1, "content": json.loads(waiting["approval"]["content"])}]
    again = (await desk.ask(PUBLISH, key=people["ann"], input={"document": PLAN}))["publishFeePlan"]
    assert (again["version"], again["replayed"], again["approval"]) == (1, True, None)


async def test_many_are_decided_at_once_each_on_its_own_and_at_most_a_hundred(desk: Desk, people: dict[str, str]):
    await define(desk, people["ann"], "PLAN_PUBLICATION", {"approvers": ["role:operator"]})
    waiting = []
    for number in range(4):
        document = {**PLAN, "plan": f"plan {number}"}
        publisher = people["bob" if number == 1 else "ann"]
        waiting.append((await desk.ask(PUBLISH, key=publisher, input={"document": document}))["publishFeePlan"])
    asked = [each["approval"] for each in waiting]
    other = {**asked[2], "digest": "0" * 64}
    broken = {**asked[2], "digest": "zz"}

    assert await say(desk, people["bob"], asked[0], asked[1], other, broken, asked[3], {**asked[0]}) == [
        "GRANTED",
        "MAKER_IS_CHECKER",
        "APPROVAL_STALE",
        "INVALID_INPUT",
        "GRANTED",
        "GRANTED",
    ]
    plans = (await desk.ask("{ feePlans { nodes { name } } }"))["feePlans"]["nodes"]
    assert [each["name"] for each in plans] == ["plan 3", "plan 0"]
    refused = (await desk.ask(APPROVE, key=people["bob"], input={"approvals": seen(asked[0]) * 101}))["approve"]
    assert (refused["results"], refused["userErrors"][0]["code"]) == ([], "INVALID_INPUT")


async def test_one_that_cannot_be_applied_takes_none_of_its_neighbours_down(desk: Desk, people: dict[str, str]):
    await close(desk, "2025-11-30")
    await define(desk, people["ann"], "PLAN_PUBLICATION", {"approvers": ["role:operator"]})
    stale = (await reopen(desk, people["ann"], "2025-10-31"))["approval"]
    sound = (await desk.ask(PUBLISH, key=people["ann"], input={"document": PLAN}))["publishFeePlan"]["approval"]
    await close(desk, "2025-12-31")

    assert await say(desk, people["bob"], stale, sound) == ["APPROVAL_STALE", "GRANTED"]
    assert len((await desk.ask("{ feePlans { nodes { name } } }"))["feePlans"]["nodes"]) == 1


async def test_rejecting_takes_a_reason_and_what_was_rejected_is_asked_for_again(desk: Desk, people: dict[str, str]):
    await define(desk, people["ann"], "PLAN_PUBLICATION", {"approvers": ["bob"]})
    asked = (await desk.ask(PUBLISH, key=people["ann"], input={"document": PLAN}))["publishFeePlan"]["approval"]
    resubmit = f"""mutation ($input: ResubmitApprovalInput!) {{
        resubmitApproval(input: $input) {{ approval {{ id digest resubmissionOf {{ id status }} }} {ERRORS} }}
    }}"""

    async def reject(comment: str) -> dict[str, Any]:
        refusal = {"approvals": seen(asked), "comment": comment}
        return (await desk.ask(REJECT, key=people["bob"], input=refusal))["reject"]

    assert (await reject(" "))["userErrors"][0]["code"] == "INVALID_INPUT"
    assert (await reject("too dear"))["results"][0]["approval"] == {"status": "REJECTED"}
    again = (await desk.ask(resubmit, key=people["ann"], input={"approval": asked["id"]}))["resubmitApproval"]

    assert again["approval"]["resubmissionOf"] == {"id": asked["id"], "status": "REJECTED"}
    assert await say(desk, people["bob"], again["approval"]) == ["GRANTED"]
    assert len((await desk.ask("{ feePlans { nodes { name } } }"))["feePlans"]["nodes"]) == 1


async def test_who_asked_takes_back(desk: Desk, people: dict[str, str]):
    await close(desk, "2025-11-30")
    asked = (await reopen(desk, people["ann"], "2025-10-31"))["approval"]
    withdraw = f"""mutation ($input: WithdrawApprovalInput!) {{
        withdrawApproval(input: $input) {{ approval {{ status history {{ kind payload }} }} {ERRORS} }}
    }}"""

    async def take_back(name: str, approval: str) -> dict[str, Any]:
        wanted = {"approval": approval, "reason": "not needed"}
        return (await desk.ask(withdraw, key=people[name], input=wanted))["withdrawApproval"]

    assert (await take_back("bob", asked["id"]))["userErrors"][0]["code"] == "NOT_THE_MAKER"
    taken = (await take_back("ann", asked["id"]))["approval"]
    assert taken["status"] == "WITHDRAWN"
    assert taken["history"][-1]["payload"]["reason"] == "not needed"
    assert await inbox(desk, people["bob"]) == []


async def test_a_delegate_has_the_request_in_his_inbox_for_as_long_as_it_was_given_to_him(
    desk: Desk, people: dict[str, str]
):
    await define(desk, people["ann"], "PLAN_PUBLICATION", {"approvers": ["bob"]})
    asked = (await desk.ask(PUBLISH, key=people["ann"], input={"document": PLAN}))["publishFeePlan"]["approval"]
    delegate = "mutation ($input: DelegateInput!) { delegate(input: $input) { delegation { number } } }"
    end = "mutation ($input: EndDelegationInput!) { endDelegation(input: $input) { delegation { toActor } } }"
    until = (datetime.now(UTC) + timedelta(days=5)).isoformat(timespec="seconds")
    given = {"to": "cem", "startsAt": "2026-01-01T00:00:00Z", "endsAt": until, "reason": "holiday"}

    assert await inbox(desk, people["cem"]) == []
    made = (await desk.ask(delegate, key=people["bob"], input=given))["delegate"]
    assert [each["id"] for each in await inbox(desk, people["cem"])] == [asked["id"]]
    listed = "{ approvalDelegations { nodes { fromActor toActor reason } } }"
    assert (await desk.ask(listed, key=people["cem"]))["approvalDelegations"]["nodes"] == [
        {"fromActor": "bob", "toActor": "cem", "reason": "holiday"}
    ]
    ended = (await desk.ask(end, key=people["bob"], input={"delegation": made["delegation"]["number"]}))[
        "endDelegation"
    ]
    assert ended["delegation"] == {"toActor": "cem"}
    assert await inbox(desk, people["cem"]) == []


async def test_flows_are_listed_with_their_conditions_and_steps(desk: Desk, people: dict[str, str]):
    step = {"approvers": ["bob"], "substitutes": ["cem"], "dueHours": 48}
    amount = {"currency": "CNY", "amount": "1000.00"}
    defined = await define(desk, people["ann"], "PAYOUT", step, legalEntity="LE", party="M1", fromAmount=amount)
    await define(desk, people["ann"], "SHEET", step)
    lifted = await define(desk, people["ann"], "SHEET", step, retired=True)
    assert (lifted["version"], await say(desk, people["bob"], lifted["approval"])) == (None, ["GRANTED"])
    wrong = await define(desk, people["ann"], "PAYOUT", {"approvers": ["nobody"]})

    assert (defined["version"], defined["approval"]) == (1, None)
    assert wrong["userErrors"][0]["field"] == ["steps", "0"]
    query = """{ approvalFlows {
        kind version definedBy fromAmount { amount currency } legalEntity { reference } party { reference }
        steps { approvers rule substitutes escalatesTo dueHours }
    } }"""
    assert (await desk.ask(query))["approvalFlows"] == [
        {
            "kind": "PAYOUT",
            "version": 1,
            "definedBy": "ann",
            "fromAmount": {"amount": "1000.00", "currency": "CNY"},
            "legalEntity": {"reference": "LE"},
            "party": {"reference": "M1"},
            "steps": [
                {
                    "approvers": ["bob"],
                    "rule": "ANY",
                    "substitutes": ["cem"],
                    "escalatesTo": ["role:operator"],
                    "dueHours": 48,
                }
            ],
        }
    ]


async def test_rates_of_a_merchants_own_are_in_force_once_another_person_agrees(desk: Desk, people: dict[str, str]):
    request = f"""mutation ($input: RequestRateOverrideInput!) {{
        requestRateOverride(input: $input) {{ approval {{ id digest description }} {ERRORS} }}
    }}"""
    wanted = {"party": "M1", "validFrom": "2026-01-01", "validThrough": "2026-06-30", "reason": "volume"}

    async def ask(**rates: Any) -> dict[str, Any]:
        given = {"input": {"document": {**wanted, **rates}}}
        return (await desk.ask(request, key=people["ann"], **given))["requestRateOverride"]

    wrong = await ask(commission="8 %")
    assert wrong["userErrors"][0] | {"message": ""} == {
        "code": "RATE_INVALID",
        "field": ["document", "commission"],
        "message": "",
    }
    deep = await ask(levels=["0.04", "0.03", "0.02", "0.01"])
    assert [(error["code"], error["field"]) for error in deep["userErrors"]] == [
        ("DEPTH_EXCEEDED", ["document", "levels"])
    ]
    asked = (await ask(commission="0.05", levels=["0.04", "0.02"]))["approval"]
    assert asked["description"] == "Rates of M1's own for payments of 2026-01-01/2026-06-30: volume"
    assert await say(desk, people["ann"], asked) == ["MAKER_IS_CHECKER"]
    assert await say(desk, people["bob"], asked) == ["GRANTED"]

    query = """{ rateOverrides(filter: {party: "M1"}) { nodes {
        version validFrom validThrough content party { reference } approval { id }
    } } }"""
    (granted,) = (await desk.ask(query))["rateOverrides"]["nodes"]
    assert granted.pop("content") == {**wanted, "commission": "0.05", "levels": ["0.04", "0.02"]}
    assert granted == {
        "version": 1,
        "validFrom": "2026-01-01",
        "validThrough": "2026-06-30",
        "party": {"reference": "M1"},
        "approval": {"id": asked["id"]},
    }
    assert (await desk.ask(query, key=await desk.key_of("M1")))["rateOverrides"]["nodes"] == []


async def test_auditors_read_and_parties_see_nothing_of_it(desk: Desk, people: dict[str, str]):
    await close(desk, "2025-11-30")
    asked = (await reopen(desk, people["ann"], "2025-10-31"))["approval"]
    await define(desk, people["ann"], "SHEET", {"approvers": ["bob"]})
    auditor, party = await make_key(desk.book, Role.AUDITOR), await desk.key_of("M1")
    query = f"""{{ approvals(filter: {{waitingForMe: false}}) {{ nodes {{ subject }} }} approvalFlows {{ kind }}
        approval(id: "{asked["id"]}") {{ subject }} node(id: "{asked["id"]}") {{ id }}
        approvalDelegations(filter: {{mine: false}}) {{ nodes {{ number }} }} }}"""

    assert await desk.ask(query, key=auditor) == {
        "approvals": {"nodes": [{"subject": "book/LE"}]},
        "approvalFlows": [{"kind": "SHEET"}],
        "approval": {"subject": "book/LE"},
        "node": {"id": asked["id"]},
        "approvalDelegations": {"nodes": []},
    }
    assert await inbox(desk, auditor) == []
    assert await desk.ask(query, key=party) == {
        "approvals": {"nodes": []},
        "approvalFlows": [],
        "approval": None,
        "node": None,
        "approvalDelegations": {"nodes": []},
    }
    for key in (auditor, party):
        assert await desk.refused(APPROVE, key=key, input={"approvals": seen(asked)}) == "FORBIDDEN"


async def test_refusals_are_said_in_chinese_too(desk: Desk, people: dict[str, str]):
    await close(desk, "2025-11-30")
    asked = (await reopen(desk, people["ann"], "2025-10-31"))["approval"]

    answer = await desk.client.post(
        "/graphql",
        json={"query": APPROVE, "variables": {"input": {"approvals": seen(asked)}}},
        headers={"Authorization": f"Bearer {people['ann']}", "Accept-Language": "zh-CN"},
    )

    (error,) = answer.json()["data"]["approve"]["results"][0]["userErrors"]
    assert error["message"] == f"审批 {asked['number']} 由 ann 本人提交；须由他人审批。"
    assert error["field"] == ["approvals", "0", "approval"]
