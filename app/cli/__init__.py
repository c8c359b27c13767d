"""
The command `splitbook`.

    root         the program with its commands and its help
    options      options that several commands share
    running      from a command to its work: settings, server, store, signals, and errors as exit codes
    exits        the exit codes
    output       what is printed where: data on stdout, words on stderr
    progress     bars with rate and time left
    serving      serve
    demonstrating  demo
    upkeep       migrate, doctor, verify
    importing    import parties | fee-plan | events
    exporting    export balances | entries
    keys         key create | list | revoke
"""
