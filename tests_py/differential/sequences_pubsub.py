"""Publish and subscribe: confirmations, messages, and what may be said meanwhile."""

from support.edge_values import BINARY
from support.sequences import closes, each, gets, on, pipeline, sequence, silent



REFUSED = [
    "GET k", "SET k v", "MULTI", "PUBLISH c m", "PUBSUB CHANNELS", "HELLO 3", "HELLO 2", "CLIENT ID",
    "SELECT 1", "EXEC",
    "COMMAND COUNT", "NOSUCH", "GET", "ECHO x",
]

SEQUENCES = [
    sequence(
        "A message reaches who subscribes", "SUBSCRIBE c", on("b", "PUBLISH c hello"), gets("a"),
        on("b", "PUBLISH other hello"), on("b", 'PUBLISH c ""'), gets("a"), "UNSUBSCRIBE c", on("b",
            "PUBLISH c x"), "PING",
    ),
    sequence(
        "Several at once, some twice", pipeline("SUBSCRIBE a b a c", "SUBSCRIBE b", replies=5),
        pipeline("UNSUBSCRIBE a a x", replies=3), on("b", "PUBSUB NUMSUB a b c d"), on("b", "PUBLISH b 1"),
        gets("a"),
    ),
    sequence(
        "Nothing to unsubscribe from", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "UNSUBSCRIBE x",
        "PUNSUBSCRIBE x*",
        "SUNSUBSCRIBE x", pipeline("UNSUBSCRIBE x y", replies=2), "PING",
    ),
    sequence("Unsubscribing from the only one", "SUBSCRIBE c", "UNSUBSCRIBE", "GET k", "PSUBSCRIBE p*",
        "PUNSUBSCRIBE", "GET k"),
    sequence(
        "Patterns", "PSUBSCRIBE news.*", "PSUBSCRIBE n?ws.[ab]", on("b", "PUBLISH news.c 1"), gets("a"),
        on("b", "PUBLISH nets.x 1"), on("b", "PUBLISH nxws.a 1"), gets("a"), on("b", "PUBSUB NUMPAT"),
        on("b", "PUBSUB CHANNELS"),
        "PUNSUBSCRIBE news.*", on("b", "PUBLISH news.c 1"), on("b", "PUBSUB NUMPAT"),
    ),
    sequence(
        "A channel and a pattern that matches it", "SUBSCRIBE news", "PSUBSCRIBE n*", on("b",
            "PUBLISH news hello"),
        gets("a", 2), on("c", "PSUBSCRIBE n*"), on("b", "PUBLISH news again"), gets("a", 2), gets("c"),
        on("b", "PUBSUB NUMPAT"),
    ),
    sequence(
        "Shard channels are a world of their own", "SSUBSCRIBE c", "SUBSCRIBE c", "PSUBSCRIBE *", on("b",
            "SPUBLISH c shard"),
        gets("a"), on("b", "PUBLISH c plain"), gets("a", 2), on("b", "PUBSUB SHARDCHANNELS"), on("b",
            "PUBSUB SHARDNUMSUB c d"),
        on("b", "PUBSUB CHANNELS"), "SUNSUBSCRIBE c", "SUNSUBSCRIBE", on("b", "SPUBLISH c x"),
    ),
    sequence("What may be said while subscribed", "SUBSCRIBE c", REFUSED, "PING", "PING x", "PING x y",
        "SUBSCRIBE d", closes("QUIT"), bare=True),
    sequence("The same of a pattern", "PSUBSCRIBE c*", REFUSED[:4], "PING", "PUNSUBSCRIBE", "GET k"),
    sequence("The same of a shard channel", "SSUBSCRIBE c", REFUSED[:4], "PING", "SUNSUBSCRIBE", "GET k"),
    sequence("RESET leaves all channels", "SUBSCRIBE c", "PSUBSCRIBE p*", "SSUBSCRIBE s", "RESET", "GET k",
             on("b", "PUBSUB CHANNELS"), on("b", "PUBSUB NUMPAT"), on("b", "PUBSUB SHARDCHANNELS"), "PING"),
    sequence("RESP3 allows everything", "HELLO 3", "SUBSCRIBE c", "GET k", "SET k v", "PUBSUB CHANNELS",
        "PING", "PING x", "MULTI",
             "GET k", "EXEC", "UNSUBSCRIBE", bare=True),
    sequence("PUBSUB's own words", "PUBSUB", "PUBSUB NOSUCH", "PUBSUB CHANNELS a b", "PUBSUB NUMPAT x",
        "PUBSUB NUMSUB",
             "PUBSUB SHARDNUMSUB", "PUBSUB CHANNELS c*", "PUBSUB SHARDCHANNELS x y", "PUBSUB NUMPAT"),
    sequence("Arity", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "PUBLISH c", "PUBLISH c m x", "SPUBLISH c",
        "SPUBLISH c m x"),
    sequence(
        "Channels that have subscribers", "SUBSCRIBE one", on("b", "SUBSCRIBE one"), on("b", "SUBSCRIBE two"),
        on("c", "PUBSUB CHANNELS t*"), on("c", "PUBSUB CHANNELS nosuch"), on("c",
            "PUBSUB NUMSUB one two three one"),
        on("c", "PUBLISH one x"), gets("a"), gets("b"),
    ),
    sequence("A client that leaves is forgotten", "SUBSCRIBE c", closes("QUIT"), on("b", "PUBLISH c x"),
        on("b", "PUBSUB CHANNELS")),
    sequence(
        "Binary names and messages", each(BINARY, "SUBSCRIBE ?"),
        *[step for value in BINARY for step in (on("b", ("PUBLISH", value, value)), gets("a"))],
    ),
    sequence("Big messages", "SUBSCRIBE c", on("b", ("PUBLISH", "c", b"x" * 300_000)), gets("a"), on("b",
        ("PUBLISH", "c", b"y" * 600)), gets("a")),
    sequence(
        "Publishing in a transaction", "SUBSCRIBE c", on("b", "MULTI"), on("b", "PUBLISH c 1"), on("b",
            "PUBLISH c 2"),
        on("b", "EXEC"), gets("a", 2),
    ),
    sequence("Subscribing in a transaction", "MULTI", "SUBSCRIBE c", "PSUBSCRIBE d*", "EXEC", on("b",
        "PUBLISH c 1"), gets("a")),
    sequence("CLIENT REPLY and messages", "SUBSCRIBE c", on("b", "PUBLISH c 1"), gets("a")),
    sequence(
        "What is pushed comes between replies", "HELLO 3", "SUBSCRIBE c", on("b", "PUBLISH c 1"), gets("a"),
        "GET k",
        "PUBLISH other x", on("b", "PUBLISH c 2"), gets("a"), "SET k v", "GET k", bare=True,
    ),
    sequence("One's own message", "HELLO 3", "SUBSCRIBE c", pipeline("PUBLISH c 1", replies=2), "PING",
        bare=True),
    sequence("Who wants no replies has what is confirmed", silent("CLIENT REPLY OFF"), "SUBSCRIBE c",
             "PSUBSCRIBE p*", "UNSUBSCRIBE c", silent("PING"), "SSUBSCRIBE s", "SUNSUBSCRIBE", "PUNSUBSCRIBE",
             silent("PING"), "CLIENT REPLY ON", silent("CLIENT REPLY SKIP"), "SUBSCRIBE c", "PING"),
    sequence("Who wants no replies has messages", "HELLO 3", "SUBSCRIBE c", silent("CLIENT REPLY OFF"),
             silent("PUBLISH c x"), gets("a"), silent("CLIENT REPLY SKIP"), silent("PUBLISH c y"), gets("a"),
             "CLIENT REPLY ON", silent("CLIENT REPLY SKIP"), silent("PUBLISH c z"), gets("a"), "ECHO end",
             bare=True),
]
