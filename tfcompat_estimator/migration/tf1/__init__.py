"""Runs programs of TensorFlow 1.4 to 1.15 as they are.

`contrib_table` and `names` say what each name of TensorFlow 1 is today: the imports
of `imports`, the check and the documentation read the same rows. `modules` makes
`tensorflow` and `tensorflow.contrib` of them, which only the modules of a program
see. The other modules are what has no successor elsewhere. May import all of the
core; it is imported by `entry`, and its tables by `check`.
"""
