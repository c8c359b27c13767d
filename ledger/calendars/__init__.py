"""Working days: versioned calendars of holidays and make-up days."""
