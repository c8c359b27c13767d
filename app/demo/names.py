"""What the people and shops of the demo are called."""

from app.demo.draw import Draw

_CHINESE_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_CHINESE_GIVEN = ("小明", "晓丽", "建国", "雨桐", "子涵", "志强", "静", "伟", "欣怡", "浩然", "丽娟", "嘉豪")
_JAPANESE_FAMILIES = ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤")
_JAPANESE_GIVEN = ("花子", "太郎", "さくら", "健一", "美咲", "大輔", "結衣", "翔太")
_OTHER_FAMILIES = (
    "Al-Sabah", "Haddad", "Nasser", "Álvarez", "Müller", "Åkesson", "Wójcik", "Lefèvre", "O’Connor", "Nguyễn",
    "Kovačević", "Đorđević", "García", "Şahin", "Smith", "Okafor",
)  # fmt: skip
_OTHER_GIVEN = (
    "Fatima", "Yousef", "Layla", "José", "Zoë", "Søren", "Łukasz", "François", "Siobhán", "Thảo", "Ivana", "Nuño",
    "Çağla", "Emma", "Chinedu", "Noor",
)  # fmt: skip
_SHOP_WORDS = (
    ("悦来", "锦程", "福满", "东方", "云上", "百味", "春江", "明月"),
    ("さくら", "富士", "青空", "みどり", "ひかり", "こもれび"),
    ("Al Noor", "Desert Rose", "Café Ébène", "Blue Dhow", "Pearl & Palm", "Señorío", "Gulf Street", "Naïve"),
)
_SHOP_TRADES = (
    ("茶行", "数码专营店", "图书", "家居", "母婴馆", "服饰旗舰店"),
    ("商店", "書房", "電器", "雑貨", "薬局"),
    ("Trading", "Books", "Electronics", "Home", "Perfumes", "Boutique"),
)
_CITIES = (
    ("上海", "深圳", "杭州", "成都", "西安"),
    ("東京", "大阪", "福岡", "札幌"),
    ("Kuwait City", "Al Jahrā", "Ḥawallī"),
)


def draw_person_name(draw: Draw) -> str:
    """Draw the name of a person: Chinese, Japanese, or in Latin letters with every kind of accent."""
    origin = draw.below(10)
    if origin < 4:
        return draw.pick(_CHINESE_FAMILIES) + draw.pick(_CHINESE_GIVEN)
    if origin < 6:
        return f"{draw.pick(_JAPANESE_FAMILIES)} {draw.pick(_JAPANESE_GIVEN)}"
    return f"{draw.pick(_OTHER_GIVEN)} {draw.pick(_OTHER_FAMILIES)}"


def draw_shop_name(draw: Draw, region: int) -> str:
    """Draw the name of a shop in the region with this number."""
    gap = " " if region == 2 else ""
    return draw.pick(_SHOP_WORDS[region]) + gap + draw.pick(_SHOP_TRADES[region])


def draw_city(draw: Draw, region: int) -> str:
    """Draw a city of the region with this number."""
    return draw.pick(_CITIES[region])
