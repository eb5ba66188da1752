"""Leads imports of old module paths to what lives here.

Programs import `tensorflow_estimator.python.estimator.canned.head` and its
like. `paths`, with `model_paths`, lists those modules and where each of their
names lives now, `siblings` the modules that they had imported, `replaced` what
took the place of names that are gone; `modules` makes modules of the lists. The
other files hold what only old paths still offer, in the form that programs
call: `adapters` (functions with other arguments today), `parts`, `constants`,
`model_fns`, `queues`, `gc`.
"""
