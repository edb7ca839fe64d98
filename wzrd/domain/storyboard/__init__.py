"""The offline writer: a scene's own text made into shots by the grammar of coverage. Pure and seeded.

reading (what the text offers) → coverage (which shots) → grammar (their words) → `writer.write_shots`. No model and no
network. Its vocabulary is read by others, who need not load the whole of it.
"""
