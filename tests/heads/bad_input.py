"""Has logits and labels for heads that refuse them."""

import numpy as np

from tests.heads import libraries

H = libraries.HEADS


Binary, Multi, Label = H.BinaryClassHead, H.MultiClassHead, H.MultiLabelHead


LOGIT = np.array([[0.5], [-1.0], [2.0]], np.float32)


ZERO_ONE = np.array([[1], [0], [1]])
