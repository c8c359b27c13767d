"""
The gateway over HTTP and WebSocket.

    application   create_app: routes, middleware, what starts and stops with the program
    gateway       Gateway: what all routes share, and whether the program is stopping
    listening     the port, taken before anything else
    serving       the server that runs the application, and its orderly end
    graphql       /graphql by POST and GET, as GraphQL over HTTP has it
    sockets       /graphql by WebSocket, as graphql-transport-ws has it
    holdings      how many sockets and subscriptions each key holds
    protocol      the messages and close codes of graphql-transport-ws
    heads         how long a request may be before its body, and how slow
    body          a request body, read strictly and up to a bound
    accepting     which media type an answer has, and which status
    health        /healthz, /readyz, /metrics
    pages         GraphiQL from our own files
    edge          request ids, security headers, one log line per request, no traceback to anybody
    logs          JSON logs
"""
