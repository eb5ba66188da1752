"""Decodes sequences step by step: `tf.contrib.seq2seq`.

May import TensorFlow, `_tf` and the loops of cells beside it (`rnn_loops`).
"""
