"""Reports: a run as a result file, and that file for a terminal, a CI job, a browser, a machine.

Every report is rendered from the lines of a result file, so a saved run says all that a run says.
"""
