"""Recording: stands between a client and a real upstream, and keeps what passes."""
