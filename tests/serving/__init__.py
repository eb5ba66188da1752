"""Serves exports: by TensorFlow's C library, over gRPC and over REST."""
