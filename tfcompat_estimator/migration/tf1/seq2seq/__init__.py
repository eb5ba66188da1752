"""Decodes sequences step by step: `tf.contrib.seq2seq`."""
