"""Tells what a program uses of Estimator, and whether it works, by reading it.

Programs are read as syntax trees: nothing of them is imported or run, and TensorFlow
need not be there. `sources` finds programs and parses them, `scopes` resolves names
(`import tensorflow.compat.v1 as tf`), `scan` collects what is used, `catalog` judges
each name by the lists of `api/` and `migration/old_paths/` (the same that serve the
names), `report` shows the findings. May import lists of names only, from `api`,
`old_paths`, `tf1` and `entry`.
"""
