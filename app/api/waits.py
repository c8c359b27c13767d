"""Why money is not paid now (`ledger.settlement.payouts.waits`), in Chinese."""

CHINESE_WAITS: dict[str, str] = {
    "NO_PAYING_ACCOUNT": "法人没有此币种的付款账户",
    "NO_PAYEE_ACCOUNT": "主体没有此币种的收款账户",
    "PARTY_BLOCKED": "主体已被冻结",
    "BELOW_STEP": "低于渠道可付的最小金额；待下次金额足够时一并付出",
    "NOTHING_AFTER_TAX_AND_FEE": "扣除税款与其承担的手续费后没有余额；待下次金额足够时一并付出",
    "APPROVAL_PENDING": "尚未审批",
    "APPROVAL_REJECTED": "审批未通过",
    "BANK_BALANCE": "付款账户余额不足",
    "BEHIND_ANOTHER": "排在另一出款单之后",
    "CLAIMED_MEANWHILE": "同一结算单的另一部分正在付款",
    "SAID_TO_BE_PAID": "银行称已付出；须由人查看该答复",
    "PAYEE_ACCOUNT_RETIRED": "主体已改用其他收款账户",
    "PAYING_ACCOUNT_RETIRED": "法人已改用其他付款账户",
    "TAX_MONTH_PASSED": "其税款所属月份已过；下次执行重新计算",
    "TAX_CHANGED": "其税款曾与一张未付成的出款单一并计算；下次执行重新计算",
    "CHARGED_BACK": "款项遭拒付；下次执行付出其余部分",
    "LESS_THAN_A_STEP": "低于渠道可付的最小金额",
    "NOTHING_LEFT": "扣除税款与其承担的手续费后没有余额",
    "CHARGEBACK_OPEN": "款项遭拒付，拒付尚未了结",
}
