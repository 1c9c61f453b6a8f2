"""The classifiers in PyTorch, as they are taught. Run by a Python that has PyTorch, and nothing of ours:

python torch_twins.py record FOLDER     writes weights, inputs and outputs of every twin
python torch_twins.py answer FOLDER     reads the weights and inputs that are there, and writes the outputs
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn

KINDS = {"SimpleRNN": ("rnn", nn.RNN), "SimpleLSTM": ("lstm", nn.LSTM), "SimpleGRU": ("gru", nn.GRU)}
FEATURES, UNITS, CLASSES = 10, 4, 3
VARIANTS = [(1, False), (3, False), (1, True), (2, True)]


class Recurrent(nn.Module):
    def __init__(self, kind, features, units, classes, num_layers, bidirectional):
        super().__init__()
        self.name, module = KINDS[kind]
        both = 2 if bidirectional else 1
        setattr(self, self.name, module(features, units, num_layers, batch_first=True, bidirectional=bidirectional))
        self.fc = nn.Linear(both * units, classes)

    def forward(self, x):
        out, _ = getattr(self, self.name)(x)
        return self.fc(out[:, -1, :])


class SimpleCNN(nn.Module):
    def __init__(self, channels, filters, size, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, kernel_size=3, stride=1, padding=1)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2, padding=0)
        self.fc1 = nn.Linear(filters * (size[0] // 2) * (size[1] // 2), classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        return self.fc1(x.view(x.size(0), -1))


def twins():
    for kind in KINDS:
        for num_layers, bidirectional in VARIANTS:
            name = f"{kind}-{num_layers}" + ("-both-ways" if bidirectional else "")
            yield name, Recurrent(kind, FEATURES, UNITS, CLASSES, num_layers, bidirectional), (2, 5, FEATURES)
    for height, width, channels in ((14, 14, 1), (6, 10, 2)):
        name = f"SimpleCNN-{height}x{width}x{channels}"
        yield name, SimpleCNN(channels, 5, (height, width), CLASSES), (2, channels, height, width)


def answered(module, x):
    with torch.no_grad():
        return module(torch.from_numpy(x)).numpy()


def main():
    job, place = sys.argv[1], pathlib.Path(sys.argv[2])
    for number, (name, module, shape) in enumerate(twins()):
        for dtype in (torch.float32, torch.float64):
            path = place / f"{name}-{str(dtype).removeprefix('torch.')}.npz"
            module = module.to(dtype)
            if job == "record":
                generator = torch.Generator().manual_seed(number)
                for parameter in module.parameters():
                    parameter.data = torch.randn(parameter.shape, generator=generator, dtype=dtype) / 2
                x = torch.randn(shape, generator=generator, dtype=dtype).numpy()
                state = {key: value.numpy() for key, value in module.state_dict().items()}
                np.savez_compressed(path, **state, inputs=x, outputs=answered(module, x))
            elif path.exists():
                stored = dict(np.load(path))
                x, _ = stored.pop("inputs"), stored.pop("outputs")
                module.load_state_dict({key: torch.from_numpy(value) for key, value in stored.items()})
                np.savez_compressed(path, **stored, inputs=x, outputs=answered(module, x))


if __name__ == "__main__":
    main()
