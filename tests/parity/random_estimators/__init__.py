"""Random Estimators here and in TensorFlow 2.15.1."""
