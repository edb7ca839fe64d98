"""A screenplay in: Fountain or JSON, as bytes, becomes scenes that a shot writer and voices can work with. Pure."""
