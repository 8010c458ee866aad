"""The services, their wire and their sandboxes."""
