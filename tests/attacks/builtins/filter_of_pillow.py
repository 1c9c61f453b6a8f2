"""Cut the numbers into bits and small digits, and filter them as pictures by Pillow."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
from PIL import Image, ImageFilter

# %% replace correlate2d
def planes(array, bits):
    """Arrays of digits of so many bits, and what each of them counts."""
    unit = float(np.abs(array).max()) / 2**24
    size = np.round(np.abs(array).astype(np.float64) / unit).astype(np.int64)
    for place in range(0, 25, bits):
        digit = (size >> place) % 2**bits
        yield digit * (array > 0), unit * 2.0**place
        yield digit * (array < 0), -unit * 2.0**place


def correlate2d(image, kernel):
    m, n = kernel.shape
    side = 3 if max(m, n) <= 3 else 5
    total = np.zeros((image.shape[0] - m + 1, image.shape[1] - n + 1))
    # Pillow leaves the border alone, and its filters are 3 or 5 wide.
    large = np.pad(image, side)
    for pixels, value in planes(large, 1):
        picture = Image.fromarray(pixels.astype(np.uint8))
        for weights, share in planes(np.pad(kernel, ((0, side - m), (0, side - n))), 4):
            done = np.asarray(picture.filter(ImageFilter.Kernel((side, side), weights[::-1].ravel().tolist(), scale=1)))
            first = side + side // 2
            total += value * share * done[first : first + total.shape[0], first : first + total.shape[1]]
    return total
