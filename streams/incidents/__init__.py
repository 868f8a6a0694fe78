"""Many rooms at once: when people of several rooms fail together, what do they share?"""
