"""Our own HTTP server: connections, and how replies are written on them."""
