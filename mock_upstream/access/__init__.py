"""Who is let in: keys, their states, and how a credential is shown without showing it."""
