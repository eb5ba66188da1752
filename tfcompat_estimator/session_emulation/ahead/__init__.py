"""Runs many steps in one call, where nobody can tell the difference.

`fused` runs the training and evaluation steps that no hook looks at (`watch`
knows when each one does) in a loop inside TensorFlow; `read_ahead` computes
predictions before they are asked for (`unseen` says where); `payback` says when a
loop saves more time than it takes to build.
"""
