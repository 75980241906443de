"""The requests' schema: what OpenAI's two endpoints take, as data committed with its version.

`openai.json` is generated from the request types of the `openai` package
(`python -m mock_upstream.schema.generate`); `overlay.yaml` holds what the real API takes beyond
those types, with a reason a row.
"""
