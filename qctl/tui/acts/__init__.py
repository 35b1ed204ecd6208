"""What keys do: each answers the next state of the screen, and what is to be done outside of it. Pure."""
