"""
The platform's log as a live stream, read once per process, whoever listens.

    hub         EventHub: a feed for each platform that somebody listens to, and word of commits in and out
    feed        Feed: reads the log of one platform as it grows, and hands it to its subscribers
    subscriber  Subscriber: one reader's bounded queue, and what he wants to hear of
    following   follow: replay, then live, on one stream without gap or duplicate
    pages       Page: a stretch of the log as signals, and LogSource, which reads them
    announcing  Announcer: word to other processes that a log has grown
    listening   Listener: word from them

NOTIFY only wakes; what happened is read from the log, and each second also unasked. So a lost notification costs a
second, and a process without any is as right as the others.
"""
