"""Warps images: `tf.contrib.image`.

A projective transform is a row of 8 numbers, a0 to c1: the pixel (x, y) of the
result is that at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), where
k = c0 x + c1 y + 1.
"""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def matrices_to_flat_transforms(transform_matrices: Any) -> tf.Tensor:
  """Transforms (n, 8) of matrices (n, 3, 3), or of one."""
  matrices = tf.convert_to_tensor(transform_matrices)
  flat = tf.reshape(matrices, [-1, 9])
  return (flat / flat[:, 8:9])[:, :8]


def flat_transforms_to_matrices(transforms: Any) -> tf.Tensor:
  """Matrices (n, 3, 3) of transforms (n, 8)."""
  flat = tf.reshape(tf.convert_to_tensor(transforms), [-1, 8])
  ones = tf.ones([tf.shape(flat)[0], 1], flat.dtype)
  return tf.reshape(tf.concat([flat, ones], 1), [-1, 3, 3])


def compose_transforms(*transforms: Any) -> tf.Tensor:
  """The transform that does what several do, one after another."""
  matrices = [flat_transforms_to_matrices(each) for each in transforms]
  product = matrices[0]
  for matrix in matrices[1:]:
    product = tf.matmul(product, matrix)
  return matrices_to_flat_transforms(product)


def angles_to_projective_transforms(
  angles: Any, image_height: Any, image_width: Any, name: str | None = None
) -> tf.Tensor:
  """Transforms (n, 8) that rotate counterclockwise about the middle.

  Args:
    angles: In radians: a scalar, or (n,).
    image_height: In pixels.
    image_width: In pixels.
    name: Of the scope.
  """
  with v1.name_scope(name, 'angles_to_projective_transforms'):
    angles = tf.convert_to_tensor(angles, dtype=tf.float32)
    angles = tf.reshape(angles, [-1])
    height = tf.cast(image_height, tf.float32) - 1
    width = tf.cast(image_width, tf.float32) - 1
    cos, sin = tf.cos(angles), tf.sin(angles)
    x = (width - (cos * width - sin * height)) / 2
    y = (height - (sin * width + cos * height)) / 2
    none = tf.zeros_like(angles)
    return tf.stack([cos, -sin, x, sin, cos, y, none, none], axis=1)


def translations_to_projective_transforms(
  translations: Any, name: str | None = None
) -> tf.Tensor:
  """Transforms (n, 8) that move by (dx, dy), or by (n, 2) of such."""
  with v1.name_scope(name, 'translations_to_projective_transforms'):
    moves = tf.convert_to_tensor(translations, dtype=tf.float32)
    moves = tf.reshape(moves, [-1, 2])
    one, none = tf.ones_like(moves[:, 0]), tf.zeros_like(moves[:, 0])
    x, y = -moves[:, 0], -moves[:, 1]
    return tf.stack([one, none, x, none, one, y, none, none], axis=1)


def transform(
  images: Any,
  transforms: Any,
  interpolation: str = 'NEAREST',
  output_shape: Any = None,
  name: str | None = None,
) -> tf.Tensor:
  """Applies transforms to images.

  Args:
    images: (n, height, width, channels), or without n or channels.
    transforms: (8,) for all images, or (n, 8).
    interpolation: 'NEAREST' or 'BILINEAR'.
    output_shape: (height, width) of the result; by default those of images.
    name: Of the scope.

  Returns:
    Of the rank of images; what is outside of an image is 0.
  """
  with v1.name_scope(name, 'transform'):
    images = tf.convert_to_tensor(images)
    rank = images.shape.rank
    if rank is None or not 2 <= rank <= 4:
      raise TypeError(
        f'`images` ({images.shape}) must have a rank of 2, 3 or 4.'
      )
    shaped = {
      2: lambda: images[tf.newaxis, :, :, tf.newaxis],
      3: lambda: images[tf.newaxis],
      4: lambda: images,
    }[rank]()
    size = tf.shape(shaped)[1:3] if output_shape is None else output_shape
    done = tf.raw_ops.ImageProjectiveTransformV2(
      images=shaped,
      transforms=tf.reshape(tf.convert_to_tensor(transforms), [-1, 8]),
      output_shape=tf.cast(size, tf.int32),
      interpolation=interpolation.upper(),
    )
    if output_shape is None:
      done.set_shape(shaped.shape)
    return {2: lambda: done[0, :, :, 0], 3: lambda: done[0]}.get(
      rank, lambda: done
    )()


def rotate(
  images: Any,
  angles: Any,
  interpolation: str = 'NEAREST',
  name: str | None = None,
) -> tf.Tensor:
  """Rotates images counterclockwise. See `transform`; angles are radians."""
  images = tf.convert_to_tensor(images)
  axis = 1 if images.shape.rank == 4 else 0
  size = tf.shape(images)
  turned = angles_to_projective_transforms(angles, size[axis], size[axis + 1])
  return transform(images, turned, interpolation, name=name)


def translate(
  images: Any,
  translations: Any,
  interpolation: str = 'NEAREST',
  name: str | None = None,
) -> tf.Tensor:
  """Moves images by (dx, dy), one for all or one for each."""
  moved = translations_to_projective_transforms(translations)
  return transform(images, moved, interpolation, name=name)


def dense_image_warp(
  image: Any, flow: Any, name: str = 'dense_image_warp'
) -> tf.Tensor:
  """Reads each pixel at its place less a flow, between four neighbours.

  Args:
    image: Float (n, height, width, channels).
    flow: Float (n, height, width, 2): (dy, dx).
    name: Of the scope.
  """
  with v1.name_scope(name):
    image, flow = tf.convert_to_tensor(image), tf.convert_to_tensor(flow)
    size = tf.shape(image)
    y, x = tf.meshgrid(tf.range(size[1]), tf.range(size[2]), indexing='ij')
    grid = tf.cast(tf.stack([y, x], axis=-1), flow.dtype)
    wanted = grid[tf.newaxis] - flow
    last = tf.cast(size[1:3] - 2, flow.dtype)
    corner = tf.minimum(tf.maximum(tf.floor(wanted), 0), last)
    part = tf.clip_by_value(wanted - corner, 0, 1)
    part = tf.cast(part, image.dtype)
    corner = tf.cast(corner, tf.int32)

    def at(dy: int, dx: int) -> tf.Tensor:
      return tf.gather_nd(image, corner + [dy, dx], batch_dims=1)

    px, py = part[..., 1:], part[..., :1]
    top = at(0, 0) + px * (at(0, 1) - at(0, 0))
    bottom = at(1, 0) + px * (at(1, 1) - at(1, 0))
    return top + py * (bottom - top)
