"""
What refusals say in words, in Chinese: rules, steps, parts. By code, over the same facts as the English, which stands
beside the errors of each package.
"""

CHINESE_WORDS: dict[str, str] = {
    "OR": " 或 ",
    # The shape of documents
    "DOCUMENT": "整个文档",
    "NAME": "1 到 {longest} 个字符，不含控制字符，首尾无空格",
    "KEY_UNKNOWN": "{place} 不是已知的键，可用的键：{known}。",
    "MISSING": "缺少 {place}。",
    "NO_OBJECT": "{place} 须为对象，而不是 {given}。",
    "KEY_IS_NO_NAME": "{place} 中有不能作名称的键（{name}）：{given}。",
    "NO_LIST": "{place} 须为列表，而不是 {given}。",
    "NO_NAME": "{place} 须为文本（{name}），而不是 {given}。",
    "NO_NUMBER_OF_ONE": "{place} 须为其编号，而不是 {given}。",
    "NOT_AMONG": "{place} 须为以下之一：{known}；收到的是 {given}。",
    "NO_BOOLEAN": "{place} 须为 true 或 false，而不是 {given}。",
    "NO_DAY": "{place} 须为 2016-01-31 这样的日期，而不是 {given}。",
    "NO_INSTANT": "{place} 须为带时区的时刻，如 2025-01-31T08:00:00Z，而不是 {given}。",
    # The journal
    "SEQUENCE_AHEAD": "日志止于 {last}；没有序号 {sequence} 处的状态。",
    "ZONE_UNKNOWN": "没有时区 {zone!r}；请使用 Asia/Tokyo 这样的 IANA 名称。",
    "KEY_LENGTH": "幂等键须有 1 到 {longest} 个字符。",
    "TEXT_UNKEEPABLE": "文本中不能有 NUL、单元分隔符或半个字符。",
    "LINE_COUNT": "一笔分录有 2 到 {most} 行，而不是 {count} 行。",
    "AMOUNT_RANGE": "金额为 1 到 {most} 个最小单位。",
    # Parties
    "PARTY_KEY_UNKNOWN": "未知的键 {given!r}；主体的键有：{known}。",
    "PARTY_KIND_UNKNOWN": "未知的类型 {given!r}；请使用：{known}。",
    "OPERATOR_HAS_NO_PARENT": "OPERATOR 没有上级。",
    "PARENT_NEEDED": "{kind} 须有上级。",
    "SETTLEMENT_KEY_UNKNOWN": "未知的键 {given!r}；settlement 的键有：{known}。",
    "NOT_ONE_LINE": "{key} 须为单行，首尾无空格。",
    "NO_PARTY_TEXT": "{key} 须为 1 到 {longest} 个字符的文本。",
    "UNPRINTABLE": "{key} 中有控制字符或半个字符。",
    "NO_PARTY_OBJECT": "{key} 须为对象。",
    "TOO_DEEP": "{key} 的嵌套超过 {most} 层。",
    "FRACTION": "{place} 带有小数；请以文本给出。",
    "NUMBER_TOO_LARGE": "{place} 大于 {most}；请以文本给出。",
    "NO_JSON": "该对象无法存为 JSON。",
    "METADATA_TOO_LONG": "该对象超过 {most} 个字符。",
    "NOBODY": "任何主体",
    # Events, plans and rates
    "QUANTITY": "{place} 须为 1 到 {most} 的整数，而不是 {given}。",
    "NO_DECIMAL": '{place} 须为不带符号的普通小数字符串，如 "12.30"，而不是 {given}。',
    # Fee lines
    "NO_ACCOUNT_NAMED": "{place} 须至少为一类主体指定科目。",
    "NO_KIND_OF_PARTY": "{place} 不是主体类型，可用的有：{known}。",
}
