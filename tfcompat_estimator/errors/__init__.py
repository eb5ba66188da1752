"""Turns what TensorFlow raises into a sentence about what the user gave.

While a graph is built, `notes` keeps which tensors are features and labels, and what
a check means. When a run of it fails, `translation` goes back from the operation to
these. `folding` is around public functions: there the error is put into words, and
its traceback left with the lines of the program. Until then errors are TensorFlow's
own, so that whoever catches them on the way finds what they know. May import
`_tf` only: all rooms note things here.
"""
