"""The kinds of server that qctl speaks to: TLS, users with few rights, Sentinel, Cluster, and what is no Redis."""
