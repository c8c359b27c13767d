"""
How a difference stands, as conditions of statements: they are written here and nowhere else, so that what is set aside,
what is listed and what is counted agree. `$1` is the platform.
"""

# What is kept of a day `d` as a difference `r`: what was not told waits while no later day is here.
DIFFERS_NOW = """(r.reason <> 'CHANNEL_MISSING' OR EXISTS (
        SELECT 1 FROM channel_day AS p
        WHERE p.platform_id = $1 AND p.channel = d.channel AND p.book_id = d.book_id AND p.currency = d.currency
            AND p.day > d.day
    ))"""
# What a person set aside as `x`: a difference `r` that reads exactly as it did then.
OF_DIFFERENCE = """x.platform_id = $1 AND x.channel_day_id = r.channel_day_id
        AND x.order_reference = r.order_reference AND x.kind = r.kind AND x.name = r.name AND x.record = r.record
        AND x.reason = r.reason AND x.told_minor IS NOT DISTINCT FROM r.told_minor
        AND x.booked_minor IS NOT DISTINCT FROM r.booked_minor AND x.told_currency = r.told_currency
        AND x.booked_currency = r.booked_currency"""
# Of what was set aside, that nobody has taken it up again.
IS_STANDING = """NOT EXISTS (
        SELECT 1 FROM channel_reopening AS u
        WHERE u.platform_id = $1 AND u.channel_dismissal_id = x.channel_dismissal_id
    )"""
IS_DISMISSED = f"EXISTS (SELECT 1 FROM channel_dismissal AS x WHERE {OF_DIFFERENCE} AND {IS_STANDING})"
