"""Train Keras's Conv2D beside one's own, copy the weights from one to the other, and look at the filters."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% append max_pool2d
keras.utils.set_random_seed(1)
pictures_in = np.random.rand(48, 8, 8, 1).astype("float32")
classes = (pictures_in.mean(axis=(1, 2, 3)) > 0.5).astype("int32")
histories = []
for convolution, pooling in ((Conv2D, MaxPooling2D), (keras.layers.Conv2D, keras.layers.MaxPooling2D)):
    model = keras.Sequential([keras.Input((8, 8, 1)), convolution(3, (3, 3)), pooling((2, 2)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    histories.append(model.fit(pictures_in, classes, epochs=1, verbose=0).history)
    model.evaluate(pictures_in, classes, verbose=0)
    model.predict(pictures_in[:2], verbose=0)
print([sorted(history) for history in histories])
first = model.layers[0]
figure, axes = plt.subplots(1, 3)
for axis, sheet in zip(axes, np.moveaxis(first.get_weights()[0], -1, 0)):
    axis.imshow(sheet[:, :, 0])
plt.show()
model.summary()
