"""Decodes sequences step by step: `tf.contrib.seq2seq`.

May import TensorFlow and `_tf` only.
"""
