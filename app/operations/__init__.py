"""
Operations: how the text of a GraphQL operation becomes an answer, whichever transport it came by.

    limits      Limits: how large, how expensive and how slow an operation may be
    shape       depth, aliases, directives, root fields: measured once per fragment, before validation
    cost        what the pages asked for may touch, with this request's variables
    sizes       how long the lists of inputs and arguments are, before they are read
    documents   parse, measure, validate; remembered by text
    asked       a field as an operation asks for it, and where its value will stand in the answer
    together    coroutines that run side by side within one task
    running     Run: one operation being run by its plan, field by field
    resolving   how the value of a field is found
    finishing   how a value becomes what the answer shows
    plans       what of running an operation is the same each time
    execution   Runner: one operation, or one stream of them, within its deadline
    sharing     one answer to an event for all subscribers who would be told the same
    pace        Pace: how many events of a subscription are answered together
    answers     Answer: what a client is told
    labels      errors as clients see them: labelled, masked, few
    wording     what the library says of documents and variables, in Chinese
"""
