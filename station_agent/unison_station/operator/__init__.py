"""The operator page: what people at the machines see and say, on loopback, with the server or without it."""
