"""Leads imports of old module paths to what lives here.

Programs import `tensorflow_estimator.python.estimator.canned.head` and its
like. `old_names.txt` is the table: of each old module, where its names live now,
what modules it had imported, and what took the place of names that are gone;
`old_names` reads it, `modules` makes modules of it. The other files hold what only
old paths still offer, in the form that programs call: `old_canned`, `old_heads`,
`old_estimator`, `old_training`, `old_tpu`, `old_keras_models`, `queues`, `gc`. May
import all rooms below; only `migration/entry` and `migration/check` import it.
"""
