"""
What the GraphQL library says of documents and variables, in Chinese.

The library puts its sentences together from names and values and says them in English alone. Its templates stand here
beside ours; a sentence is known again by its template, and its names and values stay as they are. A test makes each of
them with a document, so that none outlives the library's own. What is not known is quoted.
"""

import re

_SUGGESTION = " Did you mean "
_QUOTED = "文档或变量不符合要求：{problem}"
_BETWEEN_PROBLEMS = re.compile(" and (?=subfields ')")

# A group within quotes ends with them, and one before ": " has no blanks: each sentence is read once, however long.
_GROUP = re.compile(r"(')?\{(\w+)\}")
_PATHS = ("path", "wanted")

# `problem` is itself a sentence of the library's or of a scalar.
SENTENCES = {
    # The text of a document
    "Syntax Error: {problem}": "语法错误：{problem}",
    "Expected {wanted}, found {found}.": "应为 {wanted}，却是 {found}。",
    "Unexpected variable '{variable}' in constant value.": "常量中不能有变量 '{variable}'。",
    "Unexpected character: {found}.": "意外的字符：{found}。",
    "Unexpected single quote character ('), did you mean to use a double quote (\")?": (
        "意外的单引号 (')，是否想用双引号 (\")？"
    ),
    "Unexpected '..', did you mean '...'?": "意外的 '..'，是否想用 '...'？",
    "Unexpected description, descriptions are not supported on shorthand queries.": (
        "意外的描述：简写的查询不能有描述。"
    ),
    "Unexpected description, only GraphQL definitions support descriptions.": (
        "意外的描述：只有 GraphQL 定义可以有描述。"
    ),
    "Unexpected {found}.": "意外的 {found}。",
    "Invalid character: {found}.": "字符有误：{found}。",
    "Invalid character within String: {found}.": "字符串中的字符有误：{found}。",
    "Invalid character escape sequence: {found}.": "转义序列有误：{found}。",
    "Invalid Unicode escape sequence: {found}.": "Unicode 转义序列有误：{found}。",
    "{found} is reserved and cannot be used for an enum value.": "{found} 为保留字，不能用作枚举值。",
    "Unterminated string.": "字符串没有结束。",
    "Invalid number, unexpected digit after 0: {found}.": "数字有误，0 之后不能有数字：{found}。",
    "Invalid number, expected digit but got: {found}.": "数字有误，应为数字，却是 {found}。",
    "Invalid number, expected digit before '.', did you mean '{number}'?": (
        "数字有误，'.' 之前须有数字，是否想用 '{number}'？"
    ),
    "Document is nested too deeply. Parsing aborted.": "文档嵌套过深，解析已中止。",
    "Document contains more than {most} tokens. Parsing aborted.": "文档超过 {most} 个词元，解析已中止。",
    # Fields, arguments, directives
    "Cannot query field '{field}' on type '{type}'.": "类型 '{type}' 没有字段 '{field}'。",
    "Unknown argument '{argument}' on field '{field}'.": "字段 '{field}' 没有参数 '{argument}'。",
    "Unknown argument '{argument}' on directive '{directive}'.": "指令 '{directive}' 没有参数 '{argument}'。",
    "Unknown directive '{directive}'.": "没有指令 '{directive}'。",
    "Unknown type '{type}'.": "没有类型 '{type}'。",
    "Unknown fragment '{fragment}'.": "没有片段 '{fragment}'。",
    "Field '{field}' of type '{type}' must have a selection of subfields.": (
        "字段 '{field}' 的类型为 '{type}'，须选择其子字段。"
    ),
    "Field '{field}' must not have a selection since type '{type}' has no subfields.": (
        "字段 '{field}' 的类型 '{type}' 没有子字段，不能再作选择。"
    ),
    "Argument '{argument}' of type '{type}' is required, but it was not provided.": (
        "须填写类型为 '{type}' 的参数 '{argument}'。"
    ),
    "There can be only one argument named '{name}'.": "参数 '{name}' 只能出现一次。",
    "There can be only one input field named '{name}'.": "输入字段 '{name}' 只能出现一次。",
    "There can be only one variable named '{name}'.": "变量 '{name}' 只能出现一次。",
    "There can be only one fragment named '{name}'.": "片段 '{name}' 只能出现一次。",
    "There can be only one operation named '{name}'.": "操作 '{name}' 只能出现一次。",
    "This anonymous operation must be the only defined operation.": "匿名操作须为文档中唯一的操作。",
    "Directive '{directive}' may not be used on {place}.": "指令 '{directive}' 不能用于 {place}。",
    "The directive '{directive}' can only be used once at this location.": "指令 '{directive}' 在此处只能使用一次。",
    "The '{name}' definition is not executable.": "定义 '{name}' 不可执行。",
    "The schema definition is not executable.": "模式的定义不可执行。",
    "Fields '{field}' conflict because {problem}. Use different aliases on the fields to fetch both if this was"
    " intentional.": "字段 '{field}' 相互冲突：{problem}；若确要同时查询，请使用不同的别名。",
    "'{one}' and '{other}' are different fields": "'{one}' 与 '{other}' 是不同的字段",
    "they have differing arguments": "其参数不同",
    "they return conflicting types '{one}' and '{other}'": "其类型 '{one}' 与 '{other}' 不能并存",
    "subfields '{field}' conflict because {problem}": "子字段 '{field}' 相互冲突：{problem}",
    # Fragments
    "Fragment '{fragment}' is never used.": "片段 '{fragment}' 未被使用。",
    "Fragment cannot be spread here as objects of type '{parent}' can never be of type '{type}'.": (
        "片段不能用于此处：'{parent}' 不可能是 '{type}'。"
    ),
    "Fragment '{fragment}' cannot be spread here as objects of type '{parent}' can never be of type '{type}'.": (
        "片段 '{fragment}' 不能用于此处：'{parent}' 不可能是 '{type}'。"
    ),
    "Fragment cannot condition on non composite type '{type}'.": "片段不能以没有字段的类型 '{type}' 为条件。",
    "Fragment '{fragment}' cannot condition on non composite type '{type}'.": (
        "片段 '{fragment}' 不能以没有字段的类型 '{type}' 为条件。"
    ),
    "Cannot spread fragment '{fragment}' within itself.": "片段 '{fragment}' 不能包含自身。",
    "Cannot spread fragment '{fragment}' within itself via {others}.": "片段 '{fragment}' 不能经 {others} 包含自身。",
    # Subscriptions
    "Anonymous Subscription must select only one top level field.": "订阅只能选择一个顶层字段。",
    "Subscription '{name}' must select only one top level field.": "订阅 '{name}' 只能选择一个顶层字段。",
    "Subscription '{name}' must not select an introspection top level field.": (
        "订阅 '{name}' 的顶层字段不能是内省字段。"
    ),
    "Anonymous Subscription must not select an introspection top level field.": "订阅的顶层字段不能是内省字段。",
    "Subscription '{name}' must not use `@skip` or `@include` directives in the top level selection.": (
        "订阅 '{name}' 的顶层选择不能使用 `@skip` 或 `@include` 指令。"
    ),
    "Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection.": (
        "订阅的顶层选择不能使用 `@skip` 或 `@include` 指令。"
    ),
    # Variables and values
    "Variable '{variable}' is never used.": "变量 '{variable}' 未被使用。",
    "Variable '{variable}' is never used in operation '{name}'.": "操作 '{name}' 没有使用变量 '{variable}'。",
    "Variable '{variable}' is not defined.": "变量 '{variable}' 未定义。",
    "Variable '{variable}' is not defined by operation '{name}'.": "操作 '{name}' 没有定义变量 '{variable}'。",
    "Variable '{variable}' of type '{type}' used in position expecting type '{expected}'.": (
        "变量 '{variable}' 的类型为 '{type}'，而此处须为 '{expected}'。"
    ),
    "Variable '{variable}' cannot be non-input type '{type}'.": "变量 '{variable}' 的类型 '{type}' 不是输入类型。",
    "Variable '{variable}' has invalid value: {problem}": "变量 '{variable}' 的值有误：{problem}",
    "Variable '{variable}' has invalid value at {path}: {problem}": "变量 '{variable}' 在 {path} 处的值有误：{problem}",
    "Argument '{argument}' has invalid value: {problem}": "参数 '{argument}' 的值有误：{problem}",
    "Argument '{argument}' has invalid value at {path}: {problem}": "参数 '{argument}' 在 {path} 处的值有误：{problem}",
    "Expected a value of non-null type '{type}' to be provided.": "须给出非空类型 '{type}' 的值。",
    "Expected value of non-null type '{type}' not to be None.": "非空类型 '{type}' 的值不能为 null。",
    "Expected variable '{variable}' provided to non-null type '{type}' not to be None.": (
        "用于非空类型 '{type}' 的变量 '{variable}' 不能为 null。"
    ),
    "Expected value of type '{type}' to be an object, found: {given}.": "类型 '{type}' 的值须为对象，而不是 {given}。",
    "Expected value of type '{type}' to include required field '{field}', found: {given}.": (
        "类型 '{type}' 的值缺少必填字段 '{field}'，收到的是 {given}。"
    ),
    "Expected value of type '{type}' not to include unknown field '{field}', found: {given}.": (
        "类型 '{type}' 没有字段 '{field}'，收到的是 {given}。"
    ),
    "Expected value of type '{type}' not to include unknown field '{field}'. Did you mean {instead}? Found: {given}.": (
        "类型 '{type}' 没有字段 '{field}'，是否想用 {instead}？收到的是 {given}。"
    ),
    "Expected value of type '{type}', but encountered error '{problem}'; found: {given}.": (
        "类型 '{type}' 的值有误，{problem}；收到的是 {given}。"
    ),
    "Value '{given}' does not exist in '{type}' enum.": "枚举 '{type}' 没有值 '{given}'。",
    "Enum '{type}' cannot represent non-enum value: {given}.": "枚举 '{type}' 的值须为枚举值，而不是 {given}。",
    "Enum '{type}' cannot represent non-string value: {given}.": "枚举 '{type}' 的值须为字符串，而不是 {given}。",
    "Int cannot represent non-integer value: {given}": "Int 须为整数，而不是 {given}",
    "Int cannot represent non 32-bit signed integer value: {given}": "Int 须为 32 位有符号整数，而不是 {given}",
    "String cannot represent a non string value: {given}": "String 须为字符串，而不是 {given}",
    "Boolean cannot represent a non boolean value: {given}": "Boolean 须为 true 或 false，而不是 {given}",
    "ID cannot represent value: {given}": "ID 不能为 {given}",
    "ID cannot represent a non-string and non-integer value: {given}": "ID 须为字符串或整数，而不是 {given}",
    # Our scalars
    'a BigInt is a whole number of at most 63 bits, as text such as "1230"': (
        'BigInt 为最多 63 位二进制的整数，写作 "1230" 这样的文本'
    ),
    'a Decimal is text such as "12.30": no number, no exponent, at most 38 digits': (
        'Decimal 为 "12.30" 这样的文本：不是数字，没有指数，最多 38 位'
    ),
    "a Decimal has at most 38 digits": "Decimal 最多 38 位",
    'an Instant is text such as "2026-01-31T12:00:00Z": with a zone, at most 6 decimals': (
        'Instant 为 "2026-01-31T12:00:00Z" 这样的文本：带时区，最多 6 位小数'
    ),
    "an Instant has a day, a time of day and a zone that there are": "Instant 的日期、时刻与时区须存在",
    "an Instant lies within the years 1 to 9999 in UTC": "Instant 须在 UTC 的 1 到 9999 年之间",
    'a LocalDate is text such as "2026-01-31"': 'LocalDate 为 "2026-01-31" 这样的文本',
    "a LocalDate is a day that there is": "LocalDate 须为存在的日期",
    'a CurrencyCode is three capitals such as "CNY"': 'CurrencyCode 为 "CNY" 这样的三个大写字母',
    "JSON is an object here": "此处的 JSON 须为对象",
    "JSON has at most {most} characters": "JSON 最多 {most} 个字符",
    "JSON nests at most {most} levels": "JSON 最多嵌套 {most} 层",
    "whole numbers in JSON are at most 2^53 - 1; give larger ones as text": (
        "JSON 中的整数最大为 2^53 - 1；更大的请以文本给出"
    ),
    "JSON holds no fractions; give them as text": "JSON 中不能有小数；请以文本给出",
    # What is meant instead
    "the enum value {names}": "枚举值 {names}",
    "to use an inline fragment on {names}": "{names} 上的内联片段",
}


def _compile(template: str) -> re.Pattern[str]:
    parts: list[str] = []
    end = 0
    for group in _GROUP.finditer(template):
        quote, name = group[1] or "", group[2]
        inside = "[^']*" if quote else r"\S+" if name in _PATHS else ".*"
        parts += [re.escape(template[end : group.start()]), quote, f"(?P<{name}>{inside})"]
        end = group.end()
    return re.compile("".join([*parts, re.escape(template[end:])]), re.DOTALL)


_KNOWN = {template: _compile(template) for template in SENTENCES}


def translate(sentence: str) -> str:
    """Say in Chinese what the library says in English."""
    return _say(sentence) or _QUOTED.format(problem=sentence)


def find_template(sentence: str) -> tuple[str, dict[str, str]] | None:
    """By which template a sentence is made, and of which names and values; None where it is not known."""
    for template, pattern in _KNOWN.items():
        found = pattern.fullmatch(sentence)
        if found is not None:
            return template, found.groupdict()
    return None


def split_suggestion(sentence: str) -> tuple[str, str]:
    """What is said, and what the library thinks was meant, "" where it does not say so."""
    said, between, instead = sentence.rpartition(_SUGGESTION)
    return (said, instead.removesuffix("?")) if between else (sentence, "")


def split_problem(problem: str) -> list[str]:
    """The problems that one sentence names; of subfields, the library says several."""
    return _BETWEEN_PROBLEMS.split(problem) if problem.startswith("subfields '") else [problem]


def _say(sentence: str) -> str | None:
    said = _find(sentence)
    if said is not None:
        return said
    known, instead = split_suggestion(sentence)
    said = _find(known)
    return None if said is None else f"{said}是否想用 {_name(instead)}？"


def _find(sentence: str) -> str | None:
    found = find_template(sentence)
    if found is None:
        return None
    template, facts = found
    if "problem" in facts:
        facts["problem"] = "，".join(_say(each) or f"“{each}”" for each in split_problem(facts["problem"]))
    if "instead" in facts:
        facts["instead"] = _name(facts["instead"])
    return SENTENCES[template].format(**facts)


def _name(alternatives: str) -> str:
    """'a', 'b', or 'c', perhaps with what they are before them."""
    return re.sub("',? or '", "' 或 '", _find(alternatives) or alternatives)
