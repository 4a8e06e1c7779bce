"""Made-up names of places, people, units and patch cohorts for a made-up fleet.

They name what a device belongs to, for people and for queries. Which place, unit and cohort there
are is the same whatever the size of the fleet.
"""

DEVICES_A_SITE = 400
MOST_SITES = 24

_UNITS = (
    "Finance",
    "Sales",
    "Production",
    "Logistics",
    "Research",
    "Human Resources",
    "Legal",
    "Marketing",
    "Purchasing",
    "Quality",
    "Customer Service",
    "Facilities",
    "Engineering",
    "Communications",
    "Information Technology",
)


def made_up_sites(seed: int, devices: int) -> tuple[str, ...]:
    """Return names of sites, about one for every 400 devices, all different."""
    count = min(MOST_SITES, (devices - 1) // DEVICES_A_SITE + 1)
    return _different(seed, "city", count)


def made_up_owners(seed: int, count: int) -> tuple[str, ...]:
    """Return names of people, all different."""
    return _different(seed, "name", count)


def made_up_unit(number: int) -> str:
    """Return the name of an organizational unit by its number, counted from 0.

    >>> made_up_unit(0), made_up_unit(15)
    ('Finance', 'Finance 2')
    """
    again, place = divmod(number, len(_UNITS))
    return f"{_UNITS[place]} {again + 1}" if again else _UNITS[place]


def made_up_patch_cohort(number: int) -> str:
    """Return the name of a patch cohort by its number, counted from 0.

    >>> made_up_patch_cohort(6)
    'Patch group 07'
    """
    return f"Patch group {number + 1:02d}"


def _different(seed: int, what: str, count: int) -> tuple[str, ...]:
    from faker import Faker

    faker = Faker("en_GB")
    faker.seed_instance(seed)
    names: dict[str, None] = {}
    while len(names) < count:
        names[str(getattr(faker, what)())] = None
    return tuple(names)
