"""``conformance doctor``: says where a proxy's configuration file says one thing and does another.

``config_file`` reads the file, ``checks`` look at it, ``trial`` runs it in real LiteLLM against a
mock, ``subject`` is what a check may look at, ``report`` shows what was found.
"""
