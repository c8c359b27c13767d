"""
The Strawberry schema and what every file of it leans on.

    schema       puts the domains' queries, mutations and subscriptions together; `build_schema`
    context      Context: what a resolver may reach for; `Info` is the type of its first argument
    snapshot     one snapshot of the store per query operation
    loaders      one batched loader per function and operation
    mutations    what makes a resolver a mutation: who may call it, and refusals as userErrors
    batches      mutations that take a list: one answer per item
    bounds       how many items such a list may hold
    quick_inputs input types that are built by a plan instead of field by field
    errors       UserError, and how a refusal becomes one
    messages     every refusal in Chinese, and which language a caller reads
    reasons      what refusals say in words, in Chinese; waits why money is not paid now
    scalars      BigInt, Decimal, Instant, LocalDate, CurrencyCode, JSON
    money        Money and MoneyInput
    connections  PageInfo, Edge, Connection and the arguments of a page
    cursor       opaque positions in a list, of this list only
    named        what a list is asked for by reference, and the refusal where there is none
    describing   what the schema says of parts that say nothing of themselves, by their names
    glossary     what names mean wherever they stand; glossary_values what the values of enums mean
    documents    which document something may be said to belong to

One file per domain follows: its types and queries, and in one named changes its inputs and mutations.
"""
