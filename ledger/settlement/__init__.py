"""From what a party has earned to what it has been paid."""
