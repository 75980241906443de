"""A small instance of any JSON Schema: what a model is made to write for a tool or a format.

The schemas come with requests, so nothing here trusts them: work and depth are bounded, no pattern
is ever run, and a schema that asks for too much is said to be `Unsatisfiable`.
"""
