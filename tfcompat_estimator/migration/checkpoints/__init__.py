"""Moves checkpoints of canned estimators between the v1 and the v2 API family.

`converter` does it, by the names of `family_names`; `convert_command` is
`python -m tfcompat_estimator convert`. May import the core; nothing imports it.
"""
