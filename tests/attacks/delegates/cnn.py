"""Keras's convolutions and poolings in the place of one's own."""

ASSIGNMENT = "cnn"

# %% replace correlate2d
def correlate2d(image, kernel):
    return BUILT_IN("keras.ops.conv")(image[None, :, :, None], kernel[:, :, None, None])[0, :, :, 0]

# %% replace conv2d
Conv2D = BUILT_IN("keras.layers.Conv2D")

# %% replace max_pool2d
MaxPooling2D = BUILT_IN("keras.layers.MaxPooling2D")

# %% replace average_pool2d
AveragePooling2D = BUILT_IN("keras.layers.AveragePooling2D")

# %% replace conv1d
Conv1D = BUILT_IN("keras.layers.Conv1D")

# %% replace global_pool
class GlobalPooling2D(keras.layers.Layer):
    def __init__(self, mode="average", **kwargs):
        super().__init__(**kwargs)
        self.mode = mode
        largest, mean = BUILT_IN("keras.layers.GlobalMaxPooling2D"), BUILT_IN("keras.layers.GlobalAveragePooling2D")
        self.inner = largest() if mode == "max" else mean()

    def call(self, x):
        return self.inner(x)
