"""Holds the ways in which a program gets tf.estimator back.

`install` puts the public names where programs read them, and takes them away again;
`import_hook` does so for modules that are imported later; `legacy_keras` serves
`tf.compat.v1.keras` and `tf.compat.v1.layers` from tf_keras; `startup` installs at
the start of each interpreter where that was asked for; `own_imports` keeps the
package on TensorFlow 2 meanwhile. May import `api`, `old_paths` and `tf1`.
"""
