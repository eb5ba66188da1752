"""Lists the public names, and makes modules of them.

`v1.py` and `v2.py` say, as data, where each public name of
`tf.compat.v1.estimator` and `tf.estimator` lives, `own.py` where those do that
only this package has; `places.py` has the notation. `namespace.py` makes modules
of such lists, whose names are looked up when a program first reads them, so
that importing the package is quick.
"""
