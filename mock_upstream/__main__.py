"""`python -m mock_upstream`: the same command as `mock-upstream`."""

from mock_upstream.cli import main

main()
