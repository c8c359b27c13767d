"""
The command `splitbook`.

    root         the program with its commands and its help
    options      options that several commands share
    running      from a command to its work: settings, server, store, signals, and errors as exit codes
    exits        the exit codes
    errors       what only a command can go wrong with, and what commands say
    usage        what is wrong with a command line
    output       what is printed where: data on stdout, words on stderr
    progress     bars with rate and time left
    refusals     how refused lines are told
    language     the one that a person is told in; chinese is what only commands say
    remote       work over the API of a running gateway
    ports        a port for who serves
    serving      serve; gateway is what it serves; banner and operator_key are what a newcomer reads first
    demonstrating  demo
    upkeep       migrate, doctor, verify
    importing    import, one command a kind of file
    exporting    export, the same
    working      worker, close
    payouts      payout run | files; bank_accounts is payout account
    calendars    calendar load
    sandboxing   sandbox
    keys         key create | list | revoke
"""
