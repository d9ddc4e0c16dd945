"""One seed for many cars: each gets a stream of random numbers that it shares with no other car of any seed."""

import numpy as np


def car_generator(seed: int, car: int) -> np.random.Generator:
    """What a car draws from where one ``seed``, from 0 on, is given for all: that seed's child of the car's number.

    How many cars there are does not matter. Seeds counted up from car to car would make neighbouring seeds share all
    cars but one.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(car,)))
