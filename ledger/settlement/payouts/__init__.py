"""Money on its way to the bank, and what the bank said."""
