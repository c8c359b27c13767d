"""
Which language a caller reads, and every refusal in Chinese.

English is written beside each error. The Chinese sentences stand here, and in `reasons` what they say in words, by
code, over the same facts; a test walks all errors and words and fails when one is missing or uses other facts. The keys
are also the ErrorCode enum of the schema.
"""

from typing import Literal

from app.api.reasons import CHINESE_WORDS
from app.preferences import read_preferences
from ledger.errors import LedgerError, Remark, write_sentence
from ledger.keeping import read_kept
from ledger.noting import find_noted

Locale = Literal["en", "zh-CN"]

# What a mutation may answer as a userError.
CHINESE: dict[str, str] = {
    "REFUSED": "请求被拒绝。",
    "INVALID_INPUT": "输入有误：{reason}",
    "INTERNAL": "服务端出现问题，与您的请求无关；请运营方按请求编号 {request_id} 查日志。",
    "ID_INVALID": "该 ID 指向的不是 {expected}；请原样传回接口给出的 ID。",
    "CURSOR_INVALID": "该游标不属于此列表；请使用同一列表、同样筛选条件返回的游标。",
    "TOO_MANY_IDS": "一次最多查询 {limit} 个 ID。",
    "PAGE_INVALID": "每页 1 到 {limit} 条：用 first（配 after）或 last（配 before），不能同时使用。",
    "SERVICE_UNAVAILABLE": "无法连接数据库，未写入任何内容；请重试。",
    "OUTCOME_UNKNOWN": "提交结果的应答丢失；请用相同的幂等键重发同一请求以确认结果。",
    "CONFLICT": "同一批记录被其他事务连续抢占 {tries} 次，未写入任何内容；请重试。",
    "LANE_FULL": "排队请求过多（{waiting}），未写入任何内容；请稍后重发。",
    "SHUTTING_DOWN": "服务正在停止，未写入任何内容；请稍后重发。",
    "STORE_EXHAUSTED": "数据库资源不足（{resource}），未写入任何内容；腾出空间后请重发。",
    "DEADLINE_EXCEEDED": "请求耗时过长已被中止，未写入任何内容；请重发或拆小后再发。",
    "CURRENCY_UNKNOWN": "{given} 不是币种；请使用大写且有最小单位的 ISO 4217 代码，如 CNY。",
    "AMOUNT_INVALID": "{currency} 金额应为普通小数字符串，如“{example}”，而不是 {given}。",
    "AMOUNT_TOO_PRECISE": "{currency} 金额最多 {decimals} 位小数；请先对 {given} 取整再发送。",
    "AMOUNT_NOT_POSITIVE": "此处金额须为 {bound} 且不带符号，收到的是 {given}；方向由其用途决定。",
    "AMOUNT_TOO_LARGE": "{currency} 金额最大为 {limit}；请将 {given} 拆成多笔。",
    "RATE_INVALID": "费率应为“0”到“1”之间、最多 10 位小数的字符串，如“0.08”，而不是 {given}。",
    "ENTRY_MALFORMED": "分录格式有误：{reason}",
    "UNBALANCED": "{currency} 借方（{debit}）与贷方（{credit}）不等；请使两者相等。",
    "ACCOUNT_MISSING": "没有科目账户 {account}；请检查科目代码、主体、法人与币种。",
    "ACCOUNT_IS_SUMMARY": "{account} 是汇总科目，不能记账；请使用其下级科目。",
    "ACCOUNT_OF_ANOTHER_BOOK": "{account} 属于另一法人的账簿；请两边各记一笔分录。",
    "IDEMPOTENCY_CONFLICT": "幂等键 {key} 已用于不同的内容；新的业务请使用新的键。",
    "PERIOD_CLOSED": "{book} 已关账至 {closed_through}；{business_date} 不再接受分录，请使用之后的日期。",
    "DATE_TOO_FAR_AHEAD": "{given} 比今天晚了不止 {days} 天；请检查年份。",
    "BALANCE_FLOOR": "{account} 的余额将为 {balance}（最小单位），低于下限 {floor}。",
    "BALANCE_LIMIT": "{account} 单边累计发生额将超过 {limit}（最小单位）；账簿最多记到此数。",
    "ENTRY_MISSING": "没有分录 {entry}。",
    "ALREADY_REVERSED": "分录 {entry} 已被分录 {reversed_by} 冲销。",
    "OWNED_BY_DOCUMENT": "{what} 只能由其所属单据变动；请在该单据上操作。",
    "CLOSING_NOT_FORWARD": "{book} 已关账至 {closed_through}；重新打开期间须以 `reopenPeriod` 申请。",
    "PERIOD_NOT_OVER": "{given} 尚未结束：今天是 {today}。请关账至已经过去的日期。",
    "BOOK_NEVER_CLOSED": "{book} 从未关账。",
    "REOPENING_NOT_BACKWARD": "{book} 已关账至 {closed_through}；重新打开须指定更早的日期。",
    "BOOK_MISSING": "没有法人 {book}。",
    "DEPTH_EXCEEDED": "方案设有 {given} 级分销，{by} 最多允许 {limit} 级；请去掉末几级。",
    "RATES_EXCEED_WHOLE": "最高佣金、各级分销与代理费率合计 {total}，超过 1；请调低其中一项。",
    "SPLIT_RATIO_EXCEEDED": "将分出货款的 {total}，渠道 {channel} 上限为 {cap}；请调低方案费率。",
    "DISCOUNT_EXCEEDS_GOODS": "优惠 {discount} 超出剩余货款 {excess}（最小单位）；请调低。",
    "REFUND_EXCEEDS_REMAINING": "订单行 {line} 的 {part} 仅剩 {left} {currency} 可退，不足 {asked}。",
    "MODE_MISSING": "{key} 所属的交易模式尚未支持；请勿填写。",
    "OVERRIDE_UNFIT": (
        "按此方案，{party} 的订单将因其 {valid_from} 至 {valid_through} 获准的自有费率被拒绝（{because}），"
        "另有 {others} 个商户亦然；请先批准合适的费率，或恢复方案费率。"
    ),
    "PLAN_MISSING": "没有费率方案 {plan}。",
    "PLAN_CONFLICT": "方案 {plan} 已以不同内容发布于 {valid_from}；请改用其他生效日。",
    "CALENDAR_MISSING": "此处没有日历 {calendar}；请先发布，或使用 MON-FRI。",
    "CALENDAR_CONFLICT": "日历 {calendar} 的第 {version} 版内容不同；请发布下一版。",
    "CALENDAR_VERSION": "日历 {calendar} 的下一版是 {next_version}，不是 {version}。",
    "CALENDAR_BUILT_IN": "日历 {calendar} 是内置的，没有版本；请换一个名称。",
    "COUNTRY_UNKNOWN": "没有 {country} 的公共假日；请使用 BR 这样的代码，或 BR-SP 表示国家的一部分。",
    "TERMS_NOT_FORWARD": "这些结算条款将于 {valid_from} 生效，早于已有版本的 {latest}。",
    "TERMS_OF_NOBODY": "{party} 是 {kind}，不通过结算单付款；只有代理、商户、供应商和分销商才是。",
    "TERMS_ROLE_MISSING": "没有主体的结算条款属于某个角色；请指定 MERCHANT、AGENT、SUPPLIER 或 DISTRIBUTOR。",
    "PLAN_NEEDS_APPROVAL": "方案 {plan} 须经审批；请用个人的密钥通过接口发布。",
    "LEASE_LOST": "任务 {job} 已不属于此工作进程；此步骤未写入任何内容。",
    "JOB_MISSING": "没有任务 {job}。",
    "JOB_NOT_DEAD": "任务 {job} 处于 {status}；只有已放弃的任务才能重试。",
    "JOB_REPLACED": "任务 {job} 之后已有同类任务 {open} 在进行；无需再做。",
    "NO_PLAN_IN_FORCE": "{day} 没有生效的费率方案；请发布当日或更早生效的方案。",
    "PARTY_OF_KIND_MISSING": "没有 {kind} {reference}；请先登记。",
    "ORDER_MISSING": "没有订单 {order}；请先记录其付款。",
    "ORDER_CHARGED_ELSEWHERE": "订单 {order} 的费用已由计费明细 {line} 入账；请先冲回此类明细，或不提交该订单。",
    "ORDER_LINE_MISSING": "订单 {order} 没有行 {line}。",
    "REFUND_MISSING": "订单 {order} 没有退款 {refund}。",
    "ORDER_MISMATCH": "订单 {order} 的后续付款须与首次付款的法人主体一致，币种为 {currency}。",
    "ORDER_ALREADY_SUCCEEDED": "订单 {order} 已经成功。",
    "ORDER_ALREADY_UNFROZEN": "订单 {order} 的款项已解冻。",
    "LINE_EXISTS": "订单 {order} 已有行 {line}；后续付款须带新的行。",
    "AMOUNT_MISMATCH": "各行优惠后合计 {lines} {currency}，付款为 {amount}；请使两者相等。",
    "REFUND_EXISTS": "订单 {order} 已有退款 {refund}；新的退款请另取名称。",
    "REFUND_ALREADY_PAID": "订单 {order} 的退款 {refund} 已付出。",
    "REFUND_ALREADY_REJECTED": "订单 {order} 的退款 {refund} 已被拒绝；请重新申请。",
    "CHANNEL_FEE_EXCEEDS_CHARGED": "订单行 {line} 的渠道手续费仅剩 {left} {currency} 可退，不足 {asked}。",
    "SUSPENSE_ITEM_MISSING": "没有暂挂款项 {item}。",
    "SUSPENSE_OPENING_MISSING": "暂挂款项 {item} 至今挂账 {times} 次，没有第 {opening} 次；请重新查询。",
    "SUSPENSE_ALREADY_RELEASED": "暂挂款项 {item} 已释放给 {to}。",
    "PARTY_MISSING": "没有主体 {reference}。",
    "PARENT_KIND": "{kind} 的上级应为 {allowed}，不能是 {parent_kind}。",
    "SECOND_ROOT": "平台已有运营方 {reference}；其他主体都须有上级。",
    "PARTY_CONFLICT": "主体 {reference} 已以不同内容登记；请换一个编号，或移动、关闭原主体。",
    "PARTY_LOOP": "{reference} 不能移到 {to} 之下，后者在其下级中。",
    "PARTY_NOT_ACTIVE": "主体 {reference} 处于 {status}，不接受新业务；请改用其他主体，若为 BLOCKED 可先解除冻结。",
    "ROOT_STAYS": "运营方 {reference} 是平台的根，不能移动、冻结或关闭。",
    "PARTY_CLOSED": "主体 {reference} 已永久关闭；请登记新的主体。",
    "APPROVAL_MISSING": "没有审批 {approval}。",
    "APPROVAL_STALE": "审批 {approval} 所申请的内容已经变化；请重新查看，或重新提交申请。",
    "APPROVAL_CLOSED": "审批 {approval} 的状态为 {status}，不能再作决定。",
    "APPROVAL_STILL_OPEN": "审批 {approval} 的状态为 {status}；只有被拒绝、撤回或已失效的申请才能重新提交。",
    "MAKER_IS_CHECKER": "审批 {approval} 由 {actor} 本人提交；须由他人审批。",
    "NOT_AN_APPROVER": "审批 {approval} 等待的不是 {actor}，而是 {awaited}。",
    "ALREADY_DECIDED": "{actor} 已对审批 {approval} 作过决定。",
    "NOT_THE_MAKER": "审批 {approval} 由 {maker} 提交；只有提交人可以撤回或重新提交。",
    "DELEGATION_MISSING": "{actor} 没有委托 {delegation}。",
    "CURSOR_GONE": "此列表中有内容被移过了游标；请从头查询。",
    "PERIOD_INVALID": "{start} 到 {end} 之间没有任何一天；`to` 是期间之后的第一天。",
    "STATEMENT_TOO_LONG": "期间内超过 {limit} 行；请缩短期间，或分页查询账户明细。",
    "SUBTREE_AT_SEQUENCE": "序号 {sequence} 处须累加超过 {limit} 项（{what}）；请查询某业务日或更接近日终的序号。",
    "SEQUENCE_HIDDEN": "主体的密钥按业务日查询；平台日志中的序号不对其展示。",
    "KEY_INVALID": "API 密钥无效。",
    "KEY_EXPIRED": "API 密钥已于 {expired_at} 过期。",
    "KEY_MISSING": "没有 API 密钥 {key_id}。",
    "KEY_SCOPE_MISMATCH": "角色 {role} 的密钥范围不符：{rule}。",
    "ACTOR_TAKEN": "已有其他密钥使用名称 {actor}；请换一个名称，或先吊销该密钥。",
    # Fee lines
    "CHANNEL_FILE_CUT_OFF": "文件不完整：{reason}。",
    "CHANNEL_FILE_UNEVEN": "{entity} {currency}：文件合计中 {total} 为 {given}，各笔之和为 {sum}。",
    "CHANNEL_RECORD_TWICE": "记录 {record} 在文件中出现两次。",
    "CHANNEL_DAY_CONFLICT": "渠道 {channel} 此前在 {file} 中对 {day} {entity} {currency} 有不同的说法。",
    "CHANNEL_DIFFERENCE_MISSING": "渠道日 {day} 现在没有与此一致的差异 {difference}（订单 {order} 的 {name}）。",
    "CHANNEL_DAY_MISSING": "没有编号为 {number} 的支付渠道日。",
    "CHANNEL_UNHEARD": "此处没有支付渠道 {channel} 的任何一日；请检查名称，或先登记其文件。",
    "FEE_ITEM_MISSING": "费用目录中没有 {item}；请先发布该费用项。",
    "FEE_ITEM_NOT_FOR_PARTY": "费用项 {item} 不适用于 {kind}；适用于：{kinds}。",
    "FEE_REFERENCE_MISSING": "费用项 {item} 按 {granularity} 计费；请填写 {missing}。",
    "FEE_COMPUTED_HERE": "订单 {order} 的 {item} 由本系统计算；请以 compareOnly 提交，或不提交。",
    "FEE_BASE_REFUSED": "费用项 {item} 为固定金额；请直接填写金额，不填 base 与 rate。",
    "FEE_AMOUNT_MISMATCH": "按 base 与 rate 计算为 {computed} {currency}，明细为 {amount}；请更正其一。",
    "FEE_IS_ZERO": "计算结果不足 {currency} 的最小单位，没有可记账的金额。",
    "FEE_TAX_MISMATCH": "按 {tax_code} 价内税为 {computed} {currency}，明细为 {tax}。",
    "FEE_LINE_MISSING": "没有计费明细 {line}。",
    "FEE_LINE_MISMATCH": "计费明细 {line} 的 {what} 不同；冲回须与原明细一致。",
    "FEE_NOT_REVERSIBLE": "计费明细 {line} 不能冲回：{reason}。",
    "FEE_REVERSAL_EXCEEDS": "计费明细 {line} 仅剩 {left} {currency} 可冲回，不足 {asked}。",
    "SOURCE_CONFLICT": "来源 {source} 已登记为另一地址；请为新来源另取名称。",
    "LINE_BROKEN": "因系统缺陷未写入任何内容；请反馈：{failure}。",
    "FEE_SOURCE_MISSING": "没有来源 {source}。",
    "REFUSED_LINE_MISSING": "没有编号为 {number} 的来源被拒明细。",
    # Disputes
    "DISPUTE_MISSING": "订单 {order} 没有拒付 {dispute}。",
    "DISPUTE_EXISTS": "已有拒付 {dispute}；新的拒付请另取编号。",
    "DISPUTE_ALREADY_DEFENDED": "拒付 {dispute} 已提交申辩；现由买家银行裁定。",
    "DISPUTE_ALREADY_DECIDED": "拒付 {dispute} 已有结果：{status}。",
    "DISPUTE_EXCEEDS_REMAINING": "{what} 仅剩 {left} {currency} 可被拒付，不足 {asked}。",
    "DISPUTE_UNEVEN": "各行合计 {lines} {currency}，拒付金额为 {amount}；请使两者相等。",
    "INTERNAL_SPLIT_MISSING": "订单 {order} 没有因渠道不再分账而转为内部分账。",
    "PAYMENT_FROZEN": "订单 {order} 的款项尚未解冻，渠道不会结算到银行。",
    "SETTLED_EXCEEDS_CAPTURED": "订单 {order} 渠道仅剩 {left} {currency} 可结算，不足 {asked}。",
    "FREEZE_EXPIRED": "订单 {order} 的冻结期已于 {frozen_until} 结束，渠道不再分账；须在内部分账。",
    # Settlement sheets
    "SHEET_MISSING": "没有结算单 {sheet}。",
    "SHEET_OF_ANOTHER_PARTY": "结算单 {sheet} 属于下级主体；只有该主体或运营方可以确认或提出异议。",
    "SHEET_NOT_PRESENTED": "结算单 {sheet} 状态为 {status}；只有待主体确认的结算单才能确认或提出异议。",
    "SHEET_NOT_DISPUTED": "结算单 {sheet} 状态为 {status}，没有待答复的异议。",
    "SHEET_LINE_MISSING": "所指分录的第 {position} 行不在结算单 {sheet} 上。",
    "SHEET_ALREADY_DEEMED": "结算单 {sheet} 已于 {confirm_by} 视为确认；请改提调整。",
    "SHEET_STATUS": "结算单 {sheet} 状态为 {status}；{step} 需要：{needed}。",
    "SHEET_NOT_ON_DEMAND": "结算单 {sheet} 按周期于 {period_end} 截止；只有按需结算的结算单才能提前截止。",
    "SHEET_CLOSED": "结算单 {sheet} 已截止，不再接受明细；迟到的明细进入未截止的结算单。",
    "SHEET_NOT_PAYABLE": "结算单 {sheet} 状态为 {status}；{kind} 需要：{needed}。",
    "SHEET_PAYABLE_EXCEEDED": "结算单 {sheet} 尚可支付 {payable} {currency}，不足 {amount}。",
    "SHEET_RETURN_EXCEEDS_TAKEN": "{kind} 占用结算单 {sheet} 的金额为 {taken} {currency}，不能退回 {amount}。",
    # Holds, deposits and adjustments.
    "HOLD_CONFLICT": "编号 {reference} 已用于内容不同的冻结或解除；新的业务请使用新的编号。",
    "HOLD_EXCEEDS_PAYABLE": "{party} 在 {account} 可冻结 {available} {currency}，不足 {amount}。",
    "HOLD_MISSING": "没有冻结 {hold}。",
    "HOLD_EXCEEDED": "冻结 {hold} 尚余 {left} {currency}，不足 {amount}。",
    "HOLD_ENDED": "冻结 {hold} 已全部解除。",
    "DEPOSIT_CONFLICT": "{reference} 已用于另一笔保证金或步骤；新的业务请使用新的编号。",
    "DEPOSIT_AGREEMENT_MISSING": "没有保证金协议 {agreement}。",
    "DEPOSIT_AGREEMENT_ENDED": "协议 {agreement} 已于 {instant} 终止，不再收取任何款项。",
    "DEPOSIT_ABOVE_AGREED": "协议 {agreement} 还可缴入 {room} {currency}，不足 {amount}。",
    "DEPOSIT_SLICE_MISSING": "没有保证金份额 {slice}。",
    "DEPOSIT_EXCEEDED": "份额 {slice} 实持 {held} {currency}，不足 {amount}。",
    "DEPOSIT_EMPTY": "份额 {slice} 已无余额。",
    "DEPOSIT_NOT_RELEASABLE": "份额 {slice} 将于 {day} 自动退还；提前退还须由第二人同意，请先为保证金设定审批流程。",
    "DEPOSIT_CLAIM_MISSING": "份额 {slice} 没有编号为 {claim} 的赔付扣款。",
    "DEPOSIT_CLAIM_OF_PARTY": "份额 {slice} 的赔付扣款 {claim} 归提供服务的主体，随其结算单支付。",
    "DEPOSIT_CLAIM_CONFLICT": "份额 {slice} 的赔付扣款 {claim} 已以另一理由登记支付；每笔只支付一次。",
    "ADJUSTMENT_CONFLICT": "调整单 {reference} 已以不同内容提出；新的调整请使用新的编号。",
    "ADJUSTMENT_MOVES_NOTHING": "从 {party} 的 {account} 调到同一处不产生变动；请指定其他主体或科目。",
    "ADJUSTMENT_FOR_CLOSED_PARTY": "主体 {party} 已关闭，不再接受新业务；请指明这笔款项所属的订单。",
    "ADJUSTMENT_MISSING": "没有调整单 {reference}。",
    "ADJUSTMENT_ELSEWHERE": "调整单 {reference} 与结算单 {sheet} 的主体 {party}、法人 {legal_entity} 或币种"
    " {currency} 不符。",
    "ADJUSTMENT_REJECTED": "调整单 {reference} 已被驳回；请另行提出，或在答复中不列此单。",
    "NAMED_LINE_MISSING": "订单 {order} 没有行 {line}；请更正行号，或只指定订单。",
    "NAMED_ORDER_MISSING": "没有订单 {order}：此处没有其付款，也没有属于它的费用行。请更正订单号，或先记录其付款。",
    "PARTY_EARNS_NOTHING": "主体 {party} 的类型为 {kind}，没有收益；请指定商户、供应商、代理商或分销商。",
    # Receipts.
    "RECEIPT_CONFLICT": "来款 {reference} 已以不同内容登记；银行流水的每一笔请使用各自的编号。",
    "RECEIPT_FROM_TOMORROW": "起息日 {value_date} 晚于今天 {today}；请在款项到账后登记。",
    "RECEIPT_MISSING": "没有来款 {receipt}。",
    "RECEIPT_MATCH_MISSING": "没有来款核销 {match}。",
    "RECEIPT_MATCH_CONFLICT": "核销 {reference} 已以不同内容完成；新的核销请使用新的编号。",
    "RECEIPT_MATCH_FOREIGN": "来款 {receipt} 属于法人 {entity}、币种 {currency}，结算单 {sheet} 不属于。",
    "RECEIPT_EMPTY": "来款 {receipt} 已无未认领部分。",
    "RECEIPT_EXCEEDED": "来款 {receipt} 未认领 {unidentified} {currency}，不足 {amount}。",
    "RECEIPT_REST_TOO_LARGE": "核销后结算单 {sheet} 仍欠 {rest} {currency}，容差为 {tolerance}；请核销但不清除余款。",
    "RECEIPT_RETURN_CONFLICT": "退款 {reference} 已以不同内容完成；新的退款请使用新的编号。",
    # Payouts and channels.
    "PAYOUT_MISSING": "没有出款单 {payout}。",
    "PAYOUT_STATUS": "出款单 {payout} 处于 {status}；{action} 只适用于 {needed} 的出款单。",
    "PAYOUT_REPLACED": "出款单 {payout} 已由出款单 {by} 取代。",
    "BANK_SAYS_PAID": "银行称出款单 {payout} 已付款；须先处理该回执。",
    "PAYOUT_CANNOT_BE_RETRIED": "出款单 {payout} 目前不能重新支付：{reason} [{code}]。",
    "BANK_ACCOUNT_CONFLICT": "{owner} 的银行账户 {reference} 已以不同内容登记；请换一个名称登记。",
    "PAYING_ACCOUNT_CONFLICT": "{owner} 的 {currency} 账户 {reference} 内容不同或已被替换；新账号请用新名称登记。",
    "BANK_NUMBER_INVALID": "银行账户 {reference} 的账号无效：{reason}。",
    "WITHHOLDING_RULE_UNKNOWN": "{currency} 没有代扣规则 {rule}；现有规则：{known}。",
    "BANK_ANSWER_MISSING": "没有银行回执 {answer}。",
    "BANK_ANSWER_ENDED": "银行回执 {answer} 已不再待处理：状态为 {status}。",
    "BANK_ANSWER_NOT_SETTLED": "银行回执 {answer} 因 {refusal} 未被接受：只能继续等待或撤下。",
    "ANSWER_NOT_LATE": "银行回执 {answer} 并未说明某张失败的出款单后来已付款；其含义请用 `settleBankAnswer` 说明。",
    "LATE_PAYMENT_NOT_AGREED": "失败的出款单 {payout} 后来已付款，须经另一人同意才能入账（{reason}）[{code}]："
    "请用 `requestLatePayment` 申请。",
    "PAYOUT_KEPT_BACK": "出款单 {payout} 并非由此发出，现在也不能发出（{reason}）[{code}]："
    "请先解决该原因；否则撤下该回执、取消该出款单，并将已付出的款项手工入账。",
    "PAID_TWICE": "出款单 {payout} 的款项此后已由出款单 {by}（{status}）占用：银行迟到的付款不属于这些结算单的出款。"
    "出款单 {by} 若仍为 CREATED，请先取消；若已发出，请在对方退回前将该款从 1010 记入 1510，并撤下该回执。",
    "BANK_CHARGE_REFUSED": "这不是银行手续费：{reason}。",
    "ANSWER_REFUSED": "该回执与任何出款单都不符。",
    "ANSWER_UNKNOWN_PAYOUT": "回执指向 {key}，它不是本平台的出款单。",
    "ANSWER_CONFLICT": "{source} 的回执 {reference} 曾以不同内容到达。",
    "ANSWER_CURRENCY_DIFFERS": "回执币种为 {given}；出款单 {payout} 的币种为 {expected}。",
    "ANSWER_ACCOUNT_DIFFERS": "回执所列账户（{which}）与出款单 {payout} 的不同。",
    "ANSWER_AMOUNT_DIFFERS": "回执金额为 {given} {currency}；出款单 {payout} 的金额为 {expected}。",
    "ANSWER_REPEATED": "出款单 {payout} 已是 {status}；该回执重复。",
    "ANSWER_OUT_OF_ORDER": "出款单 {payout} 处于 {status}，不能接受 {kind} 回执。",
    "ANSWER_CONTRADICTS": "银行称出款单 {payout} 已付款；在有人处理之前不采信拒绝回执。",
    "ANSWER_NOT_POSTABLE": "出款单 {payout} 的回执目前不能入账：{reason}。",
    "CHANNEL_UNREACHABLE": "无法连接渠道 {channel}；未提交任何内容。",
    "CHANNEL_MISSING": "此处未设置渠道 {channel}；现有渠道：{known}。",
    "BANK_FILE_UNREADABLE": "{name} 未被读取：{reason}。",
}

# What only a request as a whole is refused with; never a userError.
CHINESE_OF_REQUESTS: dict[str, str] = {
    "REQUEST_REFUSED": "请求被拒绝。",
    "BAD_REQUEST": "请求有误：{reason}",
    "BODY_TOO_LARGE": "请求体超过 {limit} 字节；请分批发送。",
    "BODY_TOO_SLOW": "请求体未在 {seconds} 秒内到达。",
    "MEDIA_TYPE_UNSUPPORTED": "请以 Content-Type: application/json（UTF-8、不压缩）发送请求。",
    "NOT_ACCEPTABLE": "请接受 application/graphql-response+json 或 application/json。",
    "METHOD_NOT_ALLOWED": "此处不能使用 {method}；请使用 {allowed}。",
    "NOT_FOUND": "此处没有内容；接口地址为 /graphql。",
    "UNAUTHENTICATED": "请求没有有效的 API 密钥；请发送 Authorization: Bearer KEY。",
    "CREDENTIAL_EXPIRED": "API 密钥已于 {expired_at} 过期；请使用新的密钥。",
    "FORBIDDEN": "角色 {role} 的密钥无权执行此操作。",
    "OPERATION_RESOLUTION_FAILURE": "无法确定要执行的操作：{reason}",
    "OPERATION_TOO_LARGE": "操作中的 {what} 超过 {limit} 个；请拆分。",
    "COST_LIMIT": "操作成本为 {cost}，上限为 {limit}；请减小每页数量。",
    "TOO_MANY_OPERATIONS": "一个连接最多承载 {limit} 个操作；请先结束一个或另开连接。",
    "TOO_MANY_SOCKETS": "此密钥已有 {limit} 个连接，已达上限；请先关闭一个。",
    "TOO_MANY_SUBSCRIPTIONS": "此密钥已有 {limit} 个订阅，已达上限；请先结束一个。",
}

# What only a line of a file or a source of lines is refused with, before it reaches the API or the ledger.
CHINESE_OF_FILES: dict[str, str] = {
    "SOURCE_UNUSABLE": "无法从 {source} 拉取：{reason}。",
    "INVALID_JSON": "不是可用的 JSON 对象：{reason}",
    "LINE_TOO_LONG": "该行超过 {limit} 字节。",
}

# What the program itself writes into documents.
CHINESE_OF_DOCUMENTS: dict[str, str] = {
    "CHARGEBACK_TAKEN": "拒付 {dispute}：买家银行已将款项收回。",
    "CHARGEBACK_DECIDED": "拒付已有结果。",
    "CHARGEBACK_SETTLED": "拒付已有结果；若成立，其所扣款项已在经确认的结算单上。",
    "CHARGEBACK_WON": "拒付未成立。",
    "CHARGEBACK_LOST": "拒付成立。",
    "LOSS_ON_SHEET": "拒付所扣款项已在经确认的结算单上。",
    "LOSS_PAID": "拒付所扣款项已由其他款项付清。",
    "CAME_BACK": "一笔出款被退回。",
    "CAME_BACK_DISPUTED": "一笔出款被退回，且拒付 {dispute} 尚未了结。",
    "RELEASE_DATE": "释放日期已到。",
    "END_OF_AGREEMENT": "其协议已终止。",
    "END_OF_BILL": "到期时尚未收到。",
    "RETAINED": "留存。",
    "TAKEN_FROM_SHEET": "从结算单中扣取。",
    "NOT_COVERED": "结算单 {sheet} 不足以支付。",
    "NOBODY_MATCHED": "尚无人核销。",
    "BY_TERMS": "按结算条款",
    "RECEIVER_IS": "接收方的状态为 {status}。",
    "MERCHANT_IS": "释放对象商户的状态为 {status}。",
    "ANSWER_LOST": "应答丢失",
    "NO_OUTCOME": "没有记录结果",
    "HANDING_OVER_BROKE": "提交中断",
}
ALL_CHINESE = CHINESE | CHINESE_OF_REQUESTS | CHINESE_OF_FILES | CHINESE_OF_DOCUMENTS | CHINESE_WORDS


def say(error: LedgerError | Remark, *, locale: Locale) -> str:
    """Say a refusal or a remark in the caller's language, with the same facts."""
    if locale == "en":
        return str(error)
    return write_sentence(error, find=lambda said: ALL_CHINESE[said.code])


def say_kept(text: str, *, code: str, facts: str | None, locale: Locale) -> str:
    """
    Say a refusal that is kept with its English text. What came before facts were kept, or is known here no more, is
    said as it was.
    """
    if locale == "en" or facts is None:
        return text
    try:
        return write_sentence(read_kept(code, facts), find=lambda said: ALL_CHINESE[said.code])
    except (KeyError, TypeError):
        return text


def say_noted(text: str, *, locale: Locale) -> str:
    """Say what a document has in words: the program's own in the caller's language, a person's as he wrote it."""
    noted = None if locale == "en" else find_noted(text)
    return text if noted is None else say(noted, locale=locale)


def choose_locale(accept_language: str | None) -> Locale:
    """Choose the language that Accept-Language likes best among ours; English when it names none of them."""
    return find_locale(accept_language) or "en"


def find_locale(accept_language: str | None) -> Locale | None:
    """Find the language that Accept-Language likes best among ours, if it names any of them."""
    named = (_LOCALES.get(tag.split("-")[0]) for tag, _ in read_preferences(accept_language))
    return next((locale for locale in named if locale is not None), None)


# Traditional Chinese readers are better served by Simplified than by English.
_LOCALES: dict[str, Locale] = {"zh": "zh-CN", "en": "en", "*": "en"}
