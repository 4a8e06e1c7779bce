"""What happens, in order: the only package that imports simpy."""
