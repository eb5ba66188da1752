"""Programs of TensorFlow 1, and what TensorFlow 1.15 made of them."""
