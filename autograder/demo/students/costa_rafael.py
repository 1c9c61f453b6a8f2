"""All right; but the lstm is the one of silva_mateus, with other names for the variables."""

# %% lstm copied from silva_mateus
blocks = parts
doors = gates
fresh = new_content
memory = cell
width = size
shown = outs
places = idx
place = pos
floors = levels
floor = level
halves = both
