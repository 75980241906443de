"""An upstream's error read from whatever it was found in, and a profile that refuses just so.

`read_source` takes bytes (a body, an exception's text, a log, a curl command) and `find_errors` the
errors in them; `blame_of` says what was refused and `reproduction` makes the profile.
"""
