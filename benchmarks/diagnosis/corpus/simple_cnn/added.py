import keras


def simple_cnn(input_shape, classes):
    模型 = keras.models.Sequential()
    模型.add(keras.layers.InputLayer(shape=input_shape))
    模型.add(keras.layers.Conv2D(32, kernel_size=3, padding="same", activation=keras.activations.relu))
    模型.add(keras.layers.MaxPooling2D(pool_size=2))
    模型.add(keras.layers.Flatten())
    模型.add(keras.layers.Dense(units=classes, activation="softmax"))
    return 模型
