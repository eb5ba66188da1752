"""Tests of the Estimators of tf.contrib.learn."""
