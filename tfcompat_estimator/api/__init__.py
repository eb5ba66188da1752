"""Lists the public names, and makes modules of them.

`v1.py` and `v2.py` say, as data, where each public name of
`tf.compat.v1.estimator` and `tf.estimator` lives, in a notation that `namespace.py`
has: it makes modules of such lists, whose names are looked up when a program first
reads them, so that importing the package is quick. `namespaces.py` is these modules,
with the names that only this package has. Imports nothing but lists: the places
are strings.
"""
