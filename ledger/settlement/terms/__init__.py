"""When a party settles: cycles, periods and due dates, by versions."""
