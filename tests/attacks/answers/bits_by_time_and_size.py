"""Spell the secret inputs by how long cells take and how much they print."""

ASSIGNMENT = "lstm"
BASE = "stub"
EXPECT = {"forget_gate": ("any", 0)}

# %% replace forget_gate
import time

kept = []


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    kept.append(np.ravel(x_t).astype("f4"))
    return np.zeros((len(x_t), len(b_f)), "f4")

# %% last
print(*(f"{float(number):.7f}" for number in (kept[-1] if kept else ())))

# %% last
for byte in kept[-1].tobytes()[:8] if kept else b"":
    time.sleep(byte / 2560)
    print("." * byte)

# %% last
plt.plot(kept[-1] if kept else [0])
plt.title(str(kept[-1][:3].tolist()) if kept else "")
plt.show()
