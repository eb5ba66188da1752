"""TensorFlow Estimator on TensorFlow 2.16 and later."""

__version__ = '0.1.0'
