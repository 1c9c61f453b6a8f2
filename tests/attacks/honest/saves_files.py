"""Save weights and pictures beside the notebook, and load them."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import json
import pickle

np.save("weights.npy", np.eye(3))
print(np.load("weights.npy").shape)
with open("notes.json", "w") as file:
    json.dump({"a": 1}, file)
with open("notes.json") as file:
    print(json.load(file))
pickle.dump([1, 2], open("list.pkl", "wb"))
plt.plot([1, 2])
plt.savefig("picture.png")
