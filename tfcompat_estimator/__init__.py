"""TensorFlow Estimator on TensorFlow 2.16 and later."""
