"""A screenplay in: Fountain, Final Draft or JSON becomes scenes for a shot writer and voices. Pure."""
