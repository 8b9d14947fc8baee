"""The closed JSON shapes: the only place where fields of requests and responses are named."""
