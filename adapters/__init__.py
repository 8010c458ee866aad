"""How the world answers: each room knows the core and one outside party."""
