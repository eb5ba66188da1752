"""Checks what a head for any number of classes refuses and takes."""

import numpy as np

from tests.heads import given, libraries

H = libraries.HEADS


REFUSED_ARGUMENTS = {
  'one class': (
    lambda: H.MultiLabelHead(1),
    ValueError,
    'n_classes must be > 1',
  ),
  'threshold above 1': (
    lambda: H.MultiLabelHead(2, thresholds=[1.5]),
    ValueError,
    r'thresholds must be in \(0, 1\) range. Given: 1.5',
  ),
  'short vocabulary': (
    lambda: H.MultiLabelHead(2, label_vocabulary=['a']),
    ValueError,
    r'Length of label_vocabulary must be n_classes \(2\). Given: 1',
  ),
  'metrics of a class out of range': (
    lambda: H.MultiLabelHead(2, classes_for_class_based_metrics=[5]),
    ValueError,
    r'classes_for_class_based_metrics must be in range \[0, 1\]. Given: 5',
  ),
  'metrics of a name without vocabulary': (
    lambda: H.MultiLabelHead(2, classes_for_class_based_metrics=['a']),
    ValueError,
    'label_vocabulary must be provided',
  ),
  'metrics of an unknown name': (
    lambda: H.MultiLabelHead(
      2, label_vocabulary=['ab'], classes_for_class_based_metrics='z'
    ),
    ValueError,
    'label_vocabulary',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# How the head is made, something that it gives, and what that is.
ACCEPTED_ARGUMENTS = {
  'no metrics of classes': (
    lambda: H.MultiLabelHead(2, classes_for_class_based_metrics=[]),
    lambda head: list(head.metrics()),
    ['average_loss', 'auc', 'auc_precision_recall'],
  ),
}


test_accepted_arguments = given.accepts_arguments(ACCEPTED_ARGUMENTS)


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LABELS = {
  'indicator of 2': (
    lambda: H.MultiLabelHead(3),
    2 * np.eye(3, dtype=int),
    given.LOGITS,
    'late',
    r'labels must be an integer indicator Tensor with values in \[0, 1\]',
  ),
  'sparse id out of range': (
    lambda: H.MultiLabelHead(3),
    given.sparse([0, 5]),
    given.LOGITS,
    'late',
    r'labels must be an integer SparseTensor with values in \[0, 3\)',
  ),
  'sparse names without vocabulary': (
    lambda: H.MultiLabelHead(3),
    given.sparse(['a', 'b']),
    given.LOGITS,
    TypeError,
    'label_vocabulary',
  ),
}


test_refused_labels = given.refuses_labels(REFUSED_LABELS)
