"""Mutation: small changes made by a tool to the handler's own code, and whether a run notices.

``python -m conformance.mutation --sample 40 --seed 1``. It is ours for three reasons. LiteLLM's
import takes longer than all cases of a mutation, so a mutated module is imported anew inside a
process that has LiteLLM already; cosmic-ray writes each mutation to the file and starts a command
for it. LiteLLM has threads, so that process is not forked; mutmut needs ``fork`` and pytest. And
half of what makes a payload are tables at the top of a module, which mutmut 3 leaves alone: it
changes functions only.
"""
