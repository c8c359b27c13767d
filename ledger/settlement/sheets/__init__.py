"""Settlement sheets: what a party earned in a period, closed, agreed and discharged."""
