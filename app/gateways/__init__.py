"""The outside world: WeChat, the send limiter, the leader lock, the vault. Clients and clocks are handed in."""
