"""What may not be paid yet: how much, on what ground, until when."""
